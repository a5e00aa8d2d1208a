"""Addresses that last: how a name becomes a slug, and where a replaced address leads."""

from itertools import chain, count

from django.db import models
from django.db.models import Q
from django.utils.text import slugify

GERMAN = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "ẞ": "SS",
        "&": " und ",
        "/": " ",
    }
)


def german_slug(text: str, max_length: int = 90) -> str:
    """ "Straußwirtschaft & Gaststätte" as "strausswirtschaft-und-gaststaette", cut at a word's end; never empty."""
    slug = slugify(text.translate(GERMAN))
    if len(slug) > max_length:
        slug = slug[: max_length + 1].rpartition("-")[0] or slug[:max_length]
    return slug or "ohne-namen"


class FormerAddressManager(models.Manager):
    def get_by_natural_key(self, old_path):
        return self.get(old_path=old_path)


class FormerAddress(models.Model):
    """A path that was in use once and leads to the page that took its place."""

    old_path = models.CharField("frühere Adresse", max_length=300, unique=True)
    new_path = models.CharField("heutige Adresse", max_length=300)

    objects = FormerAddressManager()

    class Meta:
        verbose_name = "frühere Adresse"
        verbose_name_plural = "frühere Adressen"
        ordering = ["old_path"]

    def __str__(self):
        return f"{self.old_path} → {self.new_path}"

    def natural_key(self):
        return (self.old_path,)

    @classmethod
    def replaced(cls, old_path: str, new_path: str) -> None:
        """Remember that `old_path` moved; earlier addresses of the same page follow, none leads to itself."""
        cls.objects.filter(old_path=new_path).delete()
        cls.objects.filter(new_path=old_path).update(new_path=new_path)
        cls.objects.update_or_create(old_path=old_path, defaults={"new_path": new_path})


class SlugConstraint(models.CheckConstraint):
    """The rule that an address has a slug. Forms leave it alone: an empty one is filled in when it is saved."""

    def __init__(self, *, name, condition=None):
        super().__init__(name=name, condition=condition or ~Q(slug=""))

    def validate(self, *args, **kwargs):
        return


class Movable(models.Model):
    """Something with a `slug` in its address; pair it with a `SlugConstraint` in the model's constraints."""

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    def take_free_slug(self, name: str, others: models.QuerySet, alternative: str = "") -> None:
        """A slug from `name`, or where that is taken with `alternative` and then a number behind it.

        Taken is what one of `others` has, and what was an address once and leads elsewhere now.
        """
        wanted = german_slug(name)
        stem = f"{wanted}-{alternative}" if alternative else wanted
        for candidate in chain([wanted, stem], (f"{stem}-{number}" for number in count(2))):
            self.slug = candidate
            was_an_address = FormerAddress.objects.filter(old_path=self.get_absolute_url())
            if not others.filter(slug=candidate).exists() and not was_an_address.exists():
                return

    def move_to(self, slug: str) -> None:
        """Take another address; the one in use until now leads there."""
        before = self.get_absolute_url()
        self.slug = slug
        self.save(update_fields=["slug"])
        FormerAddress.replaced(before, self.get_absolute_url())

    def delete(self, *args, **kwargs):
        FormerAddress.objects.filter(new_path=self.get_absolute_url()).delete()
        return super().delete(*args, **kwargs)
