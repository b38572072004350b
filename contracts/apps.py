from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "contracts"
    verbose_name = "签约服务"

    def ready(self) -> None:
        from contracts.printing import checks  # noqa: F401  registers itself
