# `make up` runs the whole system with demo data; `make test` checks everything. Only Python 3.11+ and make are needed.
# Settings are environment variables: PORT=8001 make up, DATABASE_URL=... make up (deploy/env.example lists them).

SHELL := /bin/sh
PY := .venv/bin/python
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-annotate
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: up down reset test screenshots check fix bench lock help run-packages dev-packages

# exec: Ctrl-C and kill reach the program itself, and make waits for its orderly stop.
up: run-packages
	@exec $(PY) -m config.runtime up

down: run-packages
	@exec $(PY) -m config.runtime down

reset: run-packages
	@exec $(PY) -m config.runtime reset

run-packages:
	@sh .ci/install run

dev-packages:
	@sh .ci/install dev

# Never writes: safe while somebody edits.
check: dev-packages
	@echo "▶ 代码规范（ruff）" && $(PY) -m ruff check --quiet . && $(PY) -m ruff format --check --quiet .
	@echo "▶ 类型（mypy：rules、actions、queries）" && $(PY) -m mypy
	@echo "▶ 分层（import-linter）" && .venv/bin/lint-imports --no-logo
	@echo "▶ 数据库迁移是否齐全" && FDCS_INSTANCE=test $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@echo "▶ Django 自检" && FDCS_INSTANCE=test $(PY) manage.py check

fix: dev-packages
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

# ARGS="-k roster" passes options on to pytest, CORES=0 runs all in one process. The test instance is apart from the
# demo's: its data are never touched. Files go to the processes whole and in order, so the long ones do not come last.
CORES ?= logical
test: check
	@browser="$$(sh .ci/browser)"; [ -z "$$browser" ] || export FDCS_CHROMIUM="$$browser"; \
	echo "▶ 测试（pytest）"; \
	FDCS_ENV=test FDCS_INSTANCE=test exec $(PY) -m config.runtime with \
	$(PY) -m pytest -n $(CORES) --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(ARGS)

# The pictures of the README, taken by the journeys themselves.
screenshots: dev-packages
	@browser="$$(sh .ci/browser)"; [ -z "$$browser" ] || export FDCS_CHROMIUM="$$browser"; \
	FDCS_SCREENSHOTS=docs/screenshots FDCS_ENV=test FDCS_INSTANCE=test \
	exec $(PY) -m config.runtime with $(PY) -m pytest tests/journeys

# `make bench` runs all, `make bench import` or `NAME=import make bench` one: the further words are names, not targets.
ifeq (bench,$(firstword $(MAKECMDGOALS)))
NAME += $(wordlist 2,99,$(MAKECMDGOALS))
$(foreach word,$(wordlist 2,99,$(MAKECMDGOALS)),$(eval $(word):;@:))
endif
bench: dev-packages
	@FDCS_INSTANCE=bench exec $(PY) -m config.runtime with $(PY) -m bench $(NAME)

# Keeps the versions that are locked; UPGRADE=--upgrade make lock takes the newest.
lock: dev-packages
	@echo "▶ 重新锁定依赖"
	@$(COMPILE) $(UPGRADE) pyproject.toml -o requirements.lock
	@$(COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	@$(COMPILE) $(UPGRADE) --group embedded -o requirements-embedded.lock
	@echo uv | $(COMPILE) $(UPGRADE) - -o requirements-bootstrap.lock
	@echo "✔ requirements*.lock"

help:
	@echo "make up      启动全部服务并载入演示数据（PORT=8001 换端口；Ctrl-C 停止，数据保留）"
	@echo "make down    停止另一个终端里的 make up，以及遗留的内嵌数据库"
	@echo "make reset   停止并删除演示数据（会先询问；YES=1 不询问）"
	@echo "make test    全部检查和测试，包括浏览器测试（ARGS=\"-k 名称\" 只运行一部分）"
	@echo "make check   只检查，不修改：规范、类型、分层、迁移"
	@echo "make fix     自动修正格式"
	@echo "make bench   性能对比表（make bench 名称 只运行一项）"
	@echo "make screenshots 重新拍摄 README 里的页面截图"
	@echo "make lock    重新锁定依赖（UPGRADE=--upgrade 升级到最新）"
