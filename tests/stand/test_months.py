import datetime

import pytest
from django.core.exceptions import ValidationError

from stand.months import MonthFormField, format_month


@pytest.mark.parametrize(("typed", "month"), [("09/2022", 9), ("9/2022", 9), (" 12 / 2022 ", 12)])
def test_a_month_is_typed_with_month_and_year(typed, month):
    assert MonthFormField().clean(typed) == datetime.date(2022, month, 1)


@pytest.mark.parametrize(
    "typed", ["13/2022", "0/2022", "2022-09", "September 2022", "09/22", "09/0000", "10/0202", "٠٩/٢٠٢٢"]
)
def test_what_is_no_month_is_refused_with_an_example(typed):
    with pytest.raises(ValidationError) as caught:
        MonthFormField().clean(typed)
    assert caught.value.messages == [
        f"„{typed}“ ist kein Monat. Bitte als MM/JJJJ eingeben, zum Beispiel 09/2022."
    ]


def test_a_month_reads_as_the_newsletter_prints_it():
    assert format_month(datetime.date(2022, 9, 1)) == "09/2022"
    assert format_month(None) == ""
