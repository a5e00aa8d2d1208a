from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations

from stand.search import WithoutTags
from stand.words import keeps_words

# With its month in words, of which one has an umlaut, and in digits.
EDITION = (
    "concat_ws(' ', label, replace(initcap(search_name), 'Maerz', 'März'), extract(month FROM month), "
    f"to_char(month, 'MM'), {WithoutTags.template % {'expressions': 'opening'}})"
)


class Migration(migrations.Migration):
    # Each table is locked by itself and for a moment, as editors may be at work, and visitors read several at once.
    atomic = False
    dependencies = [("newsletter", "0020_search"), ("stand", "0006_searched_words")]

    operations = [
        keeps_words(
            "newsletter_article",
            "concat_ws(' ', title, " + WithoutTags.template % {"expressions": "body"} + ")",
        ),
        keeps_words("newsletter_edition", EDITION),
        RemoveIndexConcurrently("article", "newsletter_article_words"),
        RemoveIndexConcurrently("article", "newsletter_article_text"),
        RemoveIndexConcurrently("article", "newsletter_article_name"),
        RemoveIndexConcurrently("edition", "newsletter_edition_words"),
        RemoveIndexConcurrently("edition", "newsletter_edition_text"),
    ]
