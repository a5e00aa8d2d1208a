"""What is rendered once for all rows that are alike."""

from django.template import Context, Template


class Counted:
    """Says how often it was asked."""

    def __init__(self):
        self.times = 0

    def __str__(self):
        self.times += 1
        return f"<{self.times}>"


def rendered(body, **context):
    return Template("{% load once %}" + body).render(Context(context))


EACH = (
    "{% for row in rows %}{% once_for row.0 row.1 %}{{ row.0 }}{{ row.1 }}{{ counted }} {% endonce_for %}"
    "{% endfor %}"
)


def test_values_that_are_alike_are_rendered_once_and_escaped_once():
    counted = Counted()
    rows = [("&", 1), ("b", 1), ("&", 1), ("&", 2)]
    assert (
        rendered(EACH, rows=rows, counted=counted)
        == "&amp;1&lt;1&gt; b1&lt;2&gt; &amp;1&lt;1&gt; &amp;2&lt;3&gt; "
    )


def test_a_second_rendering_knows_nothing_of_the_first():
    counted = Counted()
    template = Template("{% load once %}" + EACH)
    results = [template.render(Context({"rows": [("a", 1)], "counted": counted})) for _ in range(2)]
    assert results == ["a1&lt;1&gt; ", "a1&lt;2&gt; "]


def test_two_places_of_a_template_are_apart():
    twice = (
        "{% for row in rows %}{% once_for row %}{{ row }}{% endonce_for %}"
        "{% once_for row %}({{ row }}){% endonce_for %}{% endfor %}"
    )
    assert rendered(twice, rows=["a", "a"]) == "a(a)a(a)"
