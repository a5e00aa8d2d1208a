import datetime

import pytest
from django.db import connection, transaction
from django.urls import reverse

from catalogue.models import Level, Service
from newsletter.models import Article, Block, CatalogueRow, Edition, EditionPublication, Rubric
from rollout.models import RolloutPublication, RolloutReport
from stand.models import Correction, CorrectionChange, FormerAddress
from tests.admin import add_row, client_of, errors, filled, row_errors, send, shown

pytestmark = pytest.mark.django_db
OCTOBER = datetime.date(2022, 10, 1)
RUBRICS, CATALOGUE = 0, 1
# As Word puts it on the clipboard: its lists are paragraphs that only look like lists.
ITEM = (
    "<p class=MsoListParagraph style='margin-left:36.0pt;text-indent:-18.0pt;mso-list:l0 level1 lfo1'>"
    "<![if !supportLists]><span style='font-family:Symbol;mso-fareast-font-family:Symbol'>"
    "<span style='mso-list:Ignore'>%s<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span>"
    "</span><![endif]>%s<o:p></o:p></p>"
)
PASTED = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p.Mso{margin:0}</style></head>"
    "<body><!--StartFragment--><h1 style='mso-line-height-rule:exactly'><span style='font-family:Arial'>"
    "Zwischentitel<o:p></o:p></span></h1><h2>Untertitel</h2><p class=MsoNormal style='margin:6.0pt'>"
    "<span style='mso-ansi-language:DE'>Ein <b>fetter</b> <a href='https://www.sakd.de/' target=_blank "
    "onclick='x()'><span class=SpellE>Link</span></a>.<o:p>&nbsp;</o:p></span></p>"
    f"{ITEM % ('·', 'eins')}{ITEM % ('·', 'zwei')}<p>Dann:</p>{ITEM % ('1.', 'erstens')}"
    "<script>alert(1)</script><!--EndFragment--></body></html>"
)


@pytest.fixture
def editor():
    return client_of("Redaktion")


def service(number=1):
    return Service.objects.create(name=f"Leistung {number}", level=Level.BOTH, available_since=OCTOBER)


def edition(month=OCTOBER, published=False, articles=1, **kwargs):
    made = Edition.objects.create(month=month, **{"imprint": "<p>x</p>", "next_edition_on": OCTOBER} | kwargs)
    rubric = Rubric.objects.create(edition=made, position=1, title="Aktuelles")
    for number in range(1, articles + 1):
        article = Article.objects.create(
            edition=made, title=f"Beitrag {number}", body="<p>Text</p>\n<h3>Titel</h3>"
        )
        Block.objects.create(rubric=rubric, position=number, kind="article", article=article)
        row = {"position": number, "kind": "available", "level": Level.BOTH, "label": "Zeile"}
        CatalogueRow.objects.create(edition=made, service=service(f"{month}-{number}"), **row)
    if published:
        EditionPublication.objects.create(edition=made)
    return made


def change(obj):
    return reverse(f"admin:newsletter_{obj._meta.model_name}_change", args=[obj.pk])


# --- editions ---


def test_an_edition_is_added_with_its_month_and_rubrics(editor):
    address = "/admin/newsletter/edition/add/"
    values = filled(editor.get(address)) | {"month": "12/2022", "label": "Ausgabe XII / 2022"}
    for title in ("Aktuelles", "Wissenswertes"):
        values = add_row(values, "rubrics", title=title, position=0)
    assert editor.post(address, values).status_code == 302
    made = Edition.objects.get()
    assert made.month == datetime.date(2022, 12, 1)
    assert list(made.rubrics.values_list("title", "position")) == [("Aktuelles", 1), ("Wissenswertes", 2)]


def test_month_13_is_refused_at_its_field(editor):
    response = send(editor, change(edition()), month="13/2022", label="bleibt")
    assert list(errors(response)) == ["month"]
    assert filled(response)["label"] == ["bleibt"]


def test_a_month_is_given_once(editor):
    edition()
    address = "/admin/newsletter/edition/add/"
    assert list(errors(editor.post(address, filled(editor.get(address)) | {"month": "10/2022"}))) == ["month"]


def test_every_part_of_a_published_edition_changes_with_a_note(editor):
    public = edition(published=True)
    assert list(errors(send(editor, change(public), hints="<p>neu</p>"))) == ["correction_note"]
    changes = {"hints": "<p>neu</p>", "rubrics-0-title": "Neues", "catalogue_rows-0-month": "09/2022"}
    assert send(editor, change(public), correction_note="Drei Angaben.", **changes).status_code == 302
    found = CorrectionChange.objects.values_list("table_name", "column_name", "new_value")
    assert set(found) == {
        ("newsletter_edition", "hints", "<p>neu</p>"),
        ("newsletter_rubric", "title", "Neues"),
        ("newsletter_cataloguerow", "month", "2022-09-01"),
    }


def test_the_month_of_something_published_stays_and_reads_as_month(editor):
    public = edition(published=True)
    assert ">10/2022<" in editor.get(change(public)).content.decode()
    send(editor, change(public), correction_note="x", month="11/2022")
    public.refresh_from_db()
    assert public.month == OCTOBER


def test_a_month_in_the_catalogue_of_an_edition_is_refused_at_its_row(editor):
    response = send(editor, change(edition(published=True)), **{"catalogue_rows-0-month": "2022"})
    assert list(row_errors(response, CATALOGUE)[0]) == ["month"]


def test_saving_a_published_edition_untouched_makes_no_correction(editor):
    public = edition(published=True)
    assert send(editor, change(public), correction_note="x").status_code == 302
    assert not Correction.objects.exists()


# --- rubrics ---


def test_a_block_holds_what_its_kind_says(editor):
    rubric = edition().rubrics.get()
    response = send(editor, change(rubric), **{"blocks-0-kind": "rollout"})
    assert row_errors(response, 0) == [
        {"kind": ["Bitte genau das auswählen, was zur Art des Blocks gehört."]}
    ]


def test_a_block_is_added_to_a_published_rubric_with_a_note(editor):
    rubric = edition(published=True).rubrics.get()
    report = RolloutReport.objects.create(date=OCTOBER)
    draft = RolloutReport.objects.create(date=datetime.date(2022, 11, 1))
    RolloutPublication.objects.create(report=report)
    values = filled(editor.get(change(rubric)))
    row = {
        "kind": "rollout",
        "rollout_report": report.pk,
        "title": "Stand",
        "introduction": "",
        "position": 0,
    }
    refused = editor.post(
        change(rubric),
        add_row(values, "blocks", **row | {"rollout_report": draft.pk}) | {"correction_note": "x"},
    )
    assert [list(error) for error in row_errors(refused, 0)] == [[], ["rollout_report"]]
    values = add_row(values, "blocks", **row)
    assert list(errors(editor.post(change(rubric), values))) == ["correction_note"]
    assert editor.post(change(rubric), values | {"correction_note": "Tabelle ergänzt."}).status_code == 302
    assert list(rubric.blocks.values_list("kind", "position")) == [("article", 1), ("rollout", 2)]
    assert Correction.objects.get().changes.exists()


def test_a_block_holds_articles_of_its_own_edition_only(editor):
    other = edition(datetime.date(2022, 12, 1)).articles.get()
    response = send(editor, change(edition().rubrics.get()), **{"blocks-0-article": other.pk})
    assert list(row_errors(response, 0)[0]) == ["article"]


def test_a_block_without_its_article_is_refused_in_words(editor):
    response = send(editor, change(edition().rubrics.get()), **{"blocks-0-article": ""})
    assert row_errors(response, 0) == [
        {"kind": ["Bitte genau das auswählen, was zur Art des Blocks gehört."]}
    ]


# --- articles ---


def test_a_text_keeps_headings_lists_and_links_and_nothing_else(editor):
    article = edition().articles.get()
    body = (
        "<h3 style='x'>Titel<o:p></o:p></h3><p class=MsoNormal><span style='mso-x:y'>Ein "
        "<strong>Text</strong> "
        "<a href='https://www.sakd.de/' onclick='x()'>Link</a> <a href='javascript:x()'>x</a></span></p>"
        "<ul type=disc><li>eins</li></ul><ol><li>zwei</li></ol><script>x()</script><img src=x onerror=x()>"
    )
    assert send(editor, change(article), body=body).status_code == 302
    article.refresh_from_db()
    assert article.body == (
        '<h3>Titel</h3><p>Ein <strong>Text</strong> <a href="https://www.sakd.de/">Link</a> <a>x</a></p>'
        "<ul><li>eins</li></ul><ol><li>zwei</li></ol>"
    )


def test_without_javascript_a_text_is_a_field_to_type_in(editor):
    page = editor.get(change(edition().articles.get()))
    assert filled(page)["body"] == ["<p>Text</p>\r\n<h3>Titel</h3>"]


def test_a_published_article_changes_with_a_note_only(editor):
    article = edition(published=True).articles.get()
    assert list(errors(send(editor, change(article), title="Neu"))) == ["correction_note"]
    services = [service("x").pk]
    response = send(editor, change(article), title="Neu", services=services, correction_note="Titel.")
    assert response.status_code == 302
    assert ("newsletter_article", "title") in CorrectionChange.objects.values_list(
        "table_name", "column_name"
    )
    assert list(article.services.values_list("name", flat=True)) == ["Leistung x"]


def test_an_untouched_published_article_makes_no_correction(editor):
    article = edition(published=True).articles.get()
    assert send(editor, change(article), correction_note="x").status_code == 302
    assert not Correction.objects.exists()


def test_a_new_article_needs_the_note_only_in_a_published_edition(editor):
    address = "/admin/newsletter/article/add/"
    draft, public = edition(datetime.date(2022, 12, 1)), edition(published=True)
    values = filled(editor.get(address)) | {"title": "Neuer Beitrag", "body": "<p>x</p>"}
    assert editor.post(address, values | {"edition": draft.pk}).status_code == 302
    assert list(errors(editor.post(address, values | {"edition": public.pk}))) == ["correction_note"]
    values |= {"edition": public.pk, "correction_note": "Beitrag ergänzt."}
    assert editor.post(address, values).status_code == 302
    assert [str(article.slug) for article in public.articles.order_by("pk")] == ["beitrag-1", "neuer-beitrag"]


def test_a_new_address_of_an_article_leaves_a_redirect(editor):
    article = edition(published=True).articles.get()
    assert send(editor, change(article), slug="anders", correction_note="Adresse.").status_code == 302
    assert FormerAddress.objects.get().new_path == "/ausgaben/2022-10/anders/"


def test_an_address_is_given_once_in_an_edition(editor):
    article = edition(articles=2).articles.first()
    other = Article.objects.exclude(pk=article.pk).get()
    response = send(editor, change(article), slug=other.slug)
    assert errors(response) == {"slug": ["Diese Adresse hat in der Ausgabe schon ein anderer Beitrag."]}


def test_an_article_in_use_is_not_deleted_and_a_published_one_never(editor):
    draft, public = edition(datetime.date(2022, 12, 1)).articles.get(), edition(published=True).articles.get()
    editor.post(reverse("admin:newsletter_article_delete", args=[draft.pk]), {"post": "yes"})
    response = editor.post(reverse("admin:newsletter_article_delete", args=[public.pk]), {"post": "yes"})
    assert response.status_code == 403
    assert Article.objects.count() == 2


def test_a_service_in_a_published_article_is_not_deleted(editor):
    mentioned = service("x")
    article = edition().articles.get()
    article.services.add(mentioned)
    EditionPublication.objects.create(edition=article.edition)
    response = editor.post(
        reverse("admin:catalogue_service_delete", args=[mentioned.pk]), {"post": "yes"}, follow=True
    )
    assert "Etwas Veröffentlichtes verweist darauf" in response.content.decode()
    assert Service.objects.filter(pk=mentioned.pk).exists()


# --- lists and costs ---


def test_what_editions_miss_can_be_filtered(editor):
    def month(number, **kwargs):
        return edition(datetime.date(2022, number, 1), **kwargs)

    month(1)
    Edition.objects.create(month="2022-02-01", imprint="<p>x</p>", next_edition_on=OCTOBER)
    month(3).blocks.all().delete()
    Article.objects.create(edition=month(4), title="lose", body="<p>x</p>")
    month(5).catalogue_rows.update(service=None)
    month(6, next_edition_on=None)
    month(7, imprint="")
    keys = ("rubriken", "bloecke", "beitrag", "leistung", "termin", "impressum")
    assert {key: shown(editor.get("/admin/newsletter/edition/", {"fehlt": key})) for key in keys} == {
        "rubriken": ["Ausgabe Februar 2022"],
        "bloecke": ["Ausgabe März 2022"],
        "beitrag": ["Ausgabe April 2022", "Ausgabe März 2022"],
        "leistung": ["Ausgabe Mai 2022"],
        "termin": ["Ausgabe Juni 2022"],
        "impressum": ["Ausgabe Juli 2022"],
    }


def test_what_articles_miss_can_be_filtered(editor):
    made = edition()
    made.articles.get().services.add(service("x"), service("z"))
    Article.objects.create(edition=made, title="lose", body="<p>x</p>").services.add(service("y"))
    Block.objects.create(
        rubric=made.rubrics.get(),
        position=2,
        kind="article",
        article=Article.objects.create(edition=made, title="ohne Leistung", body="<p>x</p>"),
    )
    found = {
        key: shown(editor.get("/admin/newsletter/article/", {"fehlt": key})) for key in ("rubrik", "leistung")
    }
    assert found == {"rubrik": ["lose"], "leistung": ["ohne Leistung"]}
    assert shown(editor.get("/admin/newsletter/article/")) == ["Beitrag 1", "ohne Leistung", "lose"]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("group", ["Redaktion", "Freigabe"])
def test_forms_take_the_same_queries_for_any_number_of_rows(rows, group, django_assert_num_queries):
    client, public = client_of(group), edition(articles=rows, published=True)
    for address, number in ((change(public), 12), (change(public.rubrics.get()), 13)):
        with django_assert_num_queries(number):
            client.get(address)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_articles_takes_the_same_queries_for_any_number(editor, rows, django_assert_num_queries):
    edition(articles=rows)
    with django_assert_num_queries(9):
        editor.get("/admin/newsletter/article/")


def test_a_draft_is_deleted_with_all_it_holds_and_a_published_edition_is_not(editor):
    draft, public = edition(datetime.date(2022, 12, 1)), edition(published=True)
    for obj, answer in ((draft, 302), (public, 403)):
        address = reverse("admin:newsletter_edition_delete", args=[obj.pk])
        assert editor.post(address, {"post": "yes"}).status_code == answer
    assert list(Edition.objects.all()) == [public]


# --- in a browser ---


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_editor_takes_text_from_word_under_the_strict_policy(live_server, chromium_path):
    from playwright.sync_api import sync_playwright

    article = edition().articles.get()
    session = client_of("Redaktion").cookies["sessionid"].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        complaints = []
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.goto(f"{live_server.url}{change(article)}")
        text = page.locator(".field-body [role=textbox]")
        text.click()
        names = page.locator(".prose-menubar [title]").evaluate_all(
            "buttons => buttons.map((button) => button.title)"
        )
        page.keyboard.press("Control+A")
        text.evaluate(
            """(element, html) => {
                const data = new DataTransfer();
                data.setData("text/html", html);
                const options = {clipboardData: data, bubbles: true, cancelable: true};
                element.dispatchEvent(new ClipboardEvent("paste", options));
            }""",
            PASTED,
        )
        page.click("input[name=_save]")
        page.wait_for_selector(".messagelist .success")
        browser.close()
    article.refresh_from_db()
    assert complaints == []
    assert {"fett", "kursiv", "Aufzählung", "nummerierte Liste", "Link einfügen"} <= set(names)
    assert article.body.replace("&nbsp;</p>", "</p>").replace(' data-type="decimal"', "") == (
        "<h3>Zwischentitel</h3><h4>Untertitel</h4>"
        '<p>Ein <strong>fetter</strong> <a href="https://www.sakd.de/">Link</a>.</p>'
        "<ul><li><p>eins</p></li><li><p>zwei</p></li></ul><p>Dann:</p><ol><li><p>erstens</p></li></ol>"
    )


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_nobody_touched_is_sent_unchanged_and_new_rows_and_places_arrive(live_server, chromium_path):
    from playwright.sync_api import sync_playwright

    public = edition(published=True, opening="<p>Guten Tag</p>\n<ul><li>eins</li></ul>", articles=3)
    rubric, article = public.rubrics.get(), public.articles.first()
    session = client_of("Redaktion").cookies["sessionid"].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        complaints = []
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

        def save(obj, action=lambda: None):
            page.goto(f"{live_server.url}{change(obj)}")
            page.wait_for_selector("[role=textbox]")
            page.fill("[name=correction_note]", "Hinweis")
            action()
            page.locator("[name=_save]").last.click()
            page.wait_for_selector(".messagelist .success")
            return page.locator(".messagelist .warning").count()

        def move_last_to_top_and_add_one():
            page.fill("[name=blocks-2-position]", "1")
            page.click("#blocks-group .add-row a")
            page.select_option("[name=blocks-3-kind]", "available")
            page.fill("[name=blocks-3-title]", "Neu")
            page.locator("#blocks-3 [role=textbox]").fill("Einleitung")

        untouched = [save(obj) for obj in (public, rubric, article)]
        save(rubric, move_last_to_top_and_add_one)
        browser.close()
    assert complaints == []
    assert untouched == [1, 1, 1]
    blocks = rubric.blocks.values_list("position", "article__title", "title", "introduction")
    assert list(blocks) == [
        (1, "Beitrag 3", "", ""),
        (2, "Beitrag 1", "", ""),
        (3, "Beitrag 2", "", ""),
        (4, None, "Neu", "<p>Einleitung</p>"),
    ]
    assert Correction.objects.count() == 1


# --- the rubric of an article ------------------------------------------------------------------

ADD = "/admin/newsletter/article/add/"
NOVEMBER = datetime.date(2022, 11, 1)


def places(article):
    return list(Block.objects.filter(article=article).values_list("rubric__title", "position", "kind"))


def test_a_new_article_is_put_at_the_end_of_a_rubric_of_its_edition(editor):
    draft = edition()
    elsewhere = edition(NOVEMBER, articles=0)
    rubric = draft.rubrics.get()
    page = editor.get(f"{ADD}?edition={draft.pk}")
    offered = list(page.context["adminform"].form.fields["rubric"].queryset)
    assert offered == [rubric] and elsewhere.rubrics.get() not in offered
    editor.post(ADD, filled(page) | {"title": "Neu", "body": "<p>Text</p>", "rubric": rubric.pk})
    assert places(Article.objects.get(title="Neu")) == [("Aktuelles", 2, "article")]


def test_a_rubric_of_another_edition_is_refused(editor):
    draft, other = edition(), edition(NOVEMBER)
    values = filled(editor.get(f"{ADD}?edition={draft.pk}"))
    response = editor.post(
        ADD, values | {"title": "Neu", "body": "<p>x</p>", "rubric": other.rubrics.get().pk}
    )
    assert list(errors(response)) == ["rubric"]
    assert not Article.objects.filter(title="Neu").exists()


def test_an_article_that_stands_in_a_rubric_shows_it_with_the_way_there(editor):
    placed = edition().articles.get()
    page = editor.get(change(placed))
    assert "rubric" not in page.context["adminform"].form.fields
    assert f'<a href="{change(placed.block.rubric)}">Aktuelles</a>' in page.content.decode()


def test_an_article_that_somebody_has_placed_meanwhile_stays_there(editor):
    draft = edition()
    loose = Article.objects.create(edition=draft, title="lose")
    values = filled(editor.get(change(loose))) | {"rubric": draft.rubrics.get().pk}
    second = Rubric.objects.create(edition=draft, position=2, title="Wissenswertes")
    second.take(loose)
    editor.post(change(loose), values)
    assert places(loose) == [("Wissenswertes", 1, "article")]


def test_below_a_published_edition_no_rubric_is_offered(editor):
    published = edition(published=True)
    loose = Article(edition=published, title="lose")
    with transaction.atomic():
        Correction.declare("x")
        loose.save()
    with connection.cursor() as cursor:
        cursor.execute("RESET ozgstatus.correction")
    assert "rubric" not in editor.get(change(loose)).context["adminform"].form.fields
