"""What the tests of the editors' pages share: who is logged in, and a form as a browser would send it."""

from html.parser import HTMLParser

from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from .html import rows_of


def make_user(name: str, password: str | None = None, **kwargs) -> User:
    """A user of the admin, in the group of that name if there is one."""
    user = User.objects.create_user(name, f"{name.lower()}@example.org", password, is_staff=True, **kwargs)
    user.groups.set(Group.objects.filter(name=name))
    return user


def client_of(name: str, **kwargs) -> Client:
    """The browser of a user who is logged in, and who is made if need be."""
    client = Client()
    client.force_login(User.objects.filter(username=name).first() or make_user(name, **kwargs))
    return client


class AtOnce:
    """In the place of a pool of threads."""

    def submit(self, action, *args):
        action(*args)


def two_editors() -> list[Client]:
    """The browsers of two people of the group Redaktion, "Redaktion" and "Berta"."""
    other = make_user("Berta")
    other.groups.set(Group.objects.filter(name="Redaktion"))
    return [client_of("Redaktion"), client_of("Berta")]


def page_of(obj, name: str, *args) -> str:
    """The address of one of the pages of an object, such as "grid"."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{name}", args=[obj.pk, *args])


class _Form(HTMLParser):
    """The values of the main form of an admin page, or of its list; rows that JavaScript would copy are left out."""

    def __init__(self):
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.inside = False
        self.select = self.textarea = None

    def _put(self, name, value):
        if name and "__prefix__" not in name:
            self.values.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        name = attributes.get("name")
        if tag == "form":
            self.inside = attributes.get("id", "").endswith(("_form", "list-form"))
        if not self.inside:
            return
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in attributes:
            self._put(self.select, attributes["value"])
        elif tag == "textarea":
            self.textarea = [name, ""]
        elif tag == "input" and attributes.get("type") not in ("submit", "checkbox", "radio"):
            self._put(name, attributes.get("value", ""))
        elif tag == "input" and "checked" in attributes:
            self._put(name, attributes.get("value", "on"))

    def handle_data(self, data):
        if self.textarea:
            self.textarea[1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.textarea:
            # A browser drops the first line break and sends every other one as CR LF.
            name, text = self.textarea
            self._put(name, text.removeprefix("\n").replace("\n", "\r\n"))
            self.textarea = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def filled(response) -> dict[str, list[str]]:
    """The form of an admin page as it is sent when nothing is touched."""
    form = _Form()
    form.feed(response.content.decode())
    return form.values


def send(client, address: str, **changes):
    """Open a form, change some of its fields and send it."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    return client.post(address, filled(page) | changes)


def add_row(values: dict, prefix: str, **fields) -> dict:
    """The values of a form with one more row in the table `prefix`, as JavaScript adds it."""
    [number] = map(int, values[f"{prefix}-TOTAL_FORMS"])
    row = {f"{prefix}-{number}-{name}": value for name, value in fields.items()}
    return values | row | {f"{prefix}-TOTAL_FORMS": [number + 1]}


def errors(response) -> dict[str, list[str]]:
    """The messages at the fields of the main form."""
    return dict(response.context["adminform"].form.errors)


def row_errors(response, place: int) -> list[dict]:
    """The messages at the rows of one table."""
    return [dict(error) for error in response.context["inline_admin_formsets"][place].formset.errors]


def shown(response) -> list[str]:
    """The objects that a list shows."""
    return [str(obj) for obj in response.context["cl"].result_list]


# --- files -------------------------------------------------------------------------------------


def upload(client, obj, content: bytes, name: str = "tabelle.csv"):
    """The dry run of a file on the page of a report."""
    return client.post(page_of(obj, "import"), {"file": SimpleUploadedFile(name, content)})


def differences(response) -> list[list[str]]:
    """What a dry run shows: row of the file, label, column, before and after."""
    rows = rows_of(response)
    return rows[[row[0] for row in rows].index("Zeile der Datei") + 1 :]
