"""Addresses that last: how a name becomes a slug, and where a replaced address leads."""

from django.db import models
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
    """ "Straußwirtschaft & Gaststätte" as "strausswirtschaft-und-gaststaette", cut at a word's end."""
    slug = slugify(text.translate(GERMAN))
    if len(slug) > max_length:
        slug = slug[: max_length + 1].rpartition("-")[0] or slug[:max_length]
    return slug


def free_slug(wanted: str, taken: models.QuerySet, alternative: str = "") -> str:
    """`wanted`, or where that is taken with `alternative` and then a number behind it.

    `taken` is the queryset of the other objects that carry a `slug`.
    """
    candidates = [wanted]
    if alternative:
        candidates.append(f"{wanted}-{alternative}")
    stem, number = candidates[-1], 2
    existing = set(taken.filter(slug__startswith=wanted).values_list("slug", flat=True))
    while candidates and candidates[0] in existing:
        candidates.pop(0)
    if candidates:
        return candidates[0]
    while f"{stem}-{number}" in existing:
        number += 1
    return f"{stem}-{number}"


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


class Movable(models.Model):
    """Something with a `slug` in its address."""

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    def move_to(self, slug: str) -> None:
        """Take another address; the one in use until now leads there."""
        before = self.get_absolute_url()
        self.slug = slug
        self.save(update_fields=["slug"])
        FormerAddress.replaced(before, self.get_absolute_url())
