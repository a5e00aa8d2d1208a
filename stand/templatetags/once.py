"""What a page says many times over is rendered once."""

from django import template

register = template.Library()


class OnceForNode(template.Node):
    def __init__(self, values, nodelist):
        self.values, self.nodelist = values, nodelist

    def render(self, context):
        known = context.render_context.get(self)
        if known is None:
            known = context.render_context[self] = {}
        values = tuple([value.resolve(context) for value in self.values])
        if values not in known:
            known[values] = self.nodelist.render(context)
        return known[values]


@register.tag
def once_for(parser, token):
    """{% once_for VALUE … %}…{% endonce_for %} in a loop: for values that it has seen, the same text again.

    Beside these values its content may depend only on what is the same in the whole of the template where it stands.
    """
    _, *values = token.split_contents()
    nodelist = parser.parse(["endonce_for"])
    parser.delete_first_token()
    return OnceForNode([parser.compile_filter(value) for value in values], nodelist)
