from django.apps import AppConfig
from django.urls import register_converter


class StandConfig(AppConfig):
    name = "stand"
    verbose_name = "Berichtigungen und Papierkorb"

    def ready(self):
        from .converters import DayConverter, MonthConverter

        register_converter(DayConverter, "day")
        register_converter(MonthConverter, "month")
