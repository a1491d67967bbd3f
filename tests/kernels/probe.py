"""What a notebook can see of its kernel, and what it can do there: run in both kinds of kernel and compared."""

IMPORTS = """
import asyncio, concurrent.futures, decimal, faulthandler, gc, importlib.util, io, json, locale, logging, multiprocessing, os, pickle
import random, re, resource, signal, socket, subprocess, sys, tempfile, threading, time, warnings
import duckdb, joblib, matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd, pyarrow as pa, pyarrow.compute, sqlalchemy, sqlite3
import scipy.stats, sklearn.ensemble
from planning.view import budget_report, reforecast_report
from planning.run.record import record
from planning.plan import budget, reforecast
"""
"""The same imports in both, so that what they change is the same."""

STATE = {
    "path": "sys.path",
    "argv": "[re.sub('^/.*json$', '', word) for word in sys.argv]",
    "original argv": "[re.sub('^/.*json$', '', word) for word in sys.orig_argv]",
    "flags": "str(sys.flags)",
    "x options": "sys._xoptions",
    "executable": "[sys.executable, sys.prefix, sys.base_prefix]",
    "environment": "{n: v for n, v in os.environ.items() if n not in ('JPY_PARENT_PID', 'PLANNING_ZYGOTE')}",
    "working folder": "[os.getcwd(), os.environ.get('PWD')]",
    "umask": "[os.umask(0o22), os.umask(0o22)][1]",
    "limits": "{n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith('RLIMIT_')}",
    "priority": "[os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0)]",
    "user": "[os.getresuid(), os.getresgid(), os.getgroups()]",
    "session": "[os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid(), os.getppid() == int(os.environ['JPY_PARENT_PID'])]",
    "signals": "{int(n): getattr(signal.getsignal(n), '__qualname__', str(signal.getsignal(n))) for n in signal.valid_signals()}",
    "signal masks": "re.findall(r'(Sig(?:Blk|Ign|Cgt)):\\t(.*)', open('/proc/self/status').read())",
    "descriptors": "sorted(kind for kind in (re.sub(r'\\d+', '', os.readlink(f'/proc/self/fd/{n}')) "
                   "for n in os.listdir('/proc/self/fd') if os.path.islink(f'/proc/self/fd/{n}')) if 'socket' not in kind)",
    "threads": "sorted(re.sub(r'-\\d+', '', thread.name) + str(thread.daemon) for thread in threading.enumerate())",
    "main thread": "threading.current_thread() is threading.main_thread() and threading.main_thread().native_id == os.getpid()",
    "native threads": "sorted(open(f'/proc/self/task/{n}/comm').read().strip() for n in os.listdir('/proc/self/task'))",
    "warnings": "[str(said) for said in warnings.filters]",
    "loggers": "[[n, l.level, l.propagate, [type(h).__name__ for h in l.handlers]] "
               "for n, l in sorted(logging.root.manager.loggerDict.items()) "
               "if isinstance(l, logging.Logger) and (l.level or l.handlers)] + [logging.root.level, str(logging.root.handlers)]",
    "locale": "[locale.setlocale(locale.LC_ALL), locale.getpreferredencoding(), sys.getfilesystemencoding()]",
    "streams": "[[type(s).__name__, s.encoding, s.errors, getattr(s, 'line_buffering', None), s.name] "
               "for s in (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__)]",
    "standard input": "[sys.stdin.read(), re.sub(r'\\d+', '', os.readlink('/proc/self/fd/0'))]",
    "backend": "[matplotlib.get_backend(), os.environ['MPLBACKEND']]",
    "settings of matplotlib": "{n: str(v) for n, v in matplotlib.rcParams.items()}",
    "folders of matplotlib": "[matplotlib.get_configdir(), matplotlib.get_cachedir(), matplotlib.matplotlib_fname()]",
    "options of pandas": "repr(pd._config.config._global_config)",
    "options of numpy": "[np.geterr(), np.get_printoptions()]",
    "main": "sorted(n for n in vars(sys.modules['__main__']) if not n.startswith('_i'))",
    "processes": "[multiprocessing.get_start_method(), multiprocessing.current_process().name, multiprocessing.parent_process(), "
                 "len(multiprocessing.active_children())]",
    "hooks": "[type(sys.displayhook).__name__, str(getattr(sys.excepthook, '__qualname__', '')), sys.breakpointhook.__name__, "
             "sys.unraisablehook.__name__, threading.excepthook.__name__, str(sys.gettrace()), str(sys.getprofile())]",
    "memory": "[gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks)]",
    "interpreter": "[sys.getrecursionlimit(), sys.getswitchinterval(), sys.dont_write_bytecode, faulthandler.is_enabled(), "
                   "sys.getdlopenflags(), sys.pycache_prefix]",
    "clock": "[time.tzname, time.timezone, os.environ.get('TZ')]",
    "temporary folder": "[tempfile.gettempdir(), tempfile.tempdir]",
    "decimals": "str(decimal.getcontext())",
    "shell": "[type(get_ipython()).__name__, sorted(get_ipython().config), sorted(get_ipython().extension_manager.loaded), "
             "{kind: len(names) for kind, names in get_ipython().magics_manager.lsmagic().items()}, get_ipython().colors]",
    "displays": "{n: sorted(str(t) for t in f.type_printers) + sorted(str(t) for t in f.deferred_printers) "
                "for n, f in get_ipython().display_formatter.formatters.items()}",
    "events": "{n: [getattr(c, '__qualname__', str(c)) for c in cs] for n, cs in get_ipython().events.callbacks.items()}",
    "figure formats": "str(get_ipython().kernel.shell.configurables and sorted(type(c).__name__ for c in get_ipython().configurables))",
    "finders": "[[getattr(f, '__name__', type(f).__name__) for f in sys.meta_path], len(sys.path_hooks)]",
    "namespace": "sorted(n for n in get_ipython().user_ns if not n.startswith('_'))",
}  # fmt: skip
"""By name: an expression whose value, as JSON, is the same in both."""

WORK = {
    "a figure is shown inline": "figure, axes = plt.subplots(); axes.plot([1, 3, 2]); axes.set_title('Budget')",
    "a figure drawn without pyplot": "from matplotlib.figure import Figure\nf = Figure(); f.subplots().bar(['a'], [1]); f",
    "a table": "pd.DataFrame({'a': [1.5, 2.0], 'b': ['x', 'y']})",
    "a printed line": "print('out'); print('err', file=sys.stderr)",
    "lines printed by a subprocess": "print(subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout)",
    "magics": "%env OMP_NUM_THREADS\n!echo shell",
    "an exception": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(repr(e), e.__traceback__.tb_lineno)",
    "nobody answers": "try:\n    input('?')\nexcept Exception as e:\n    print(type(e).__name__)",
    "a widget, or none": "print(importlib.util.find_spec('ipywidgets') and __import__('ipywidgets').IntSlider(3).value)",
    "a progress bar": "warnings.simplefilter('ignore')\nfrom tqdm.auto import tqdm\nprint(tqdm.__module__, list(tqdm([1], disable=True)))",
    "top-level await": "await asyncio.sleep(0.01, 'slept')",
    "threads": "print(list(concurrent.futures.ThreadPoolExecutor(2).map(lambda n: n * n, range(4))))",
    "forked workers": "with multiprocessing.get_context('fork').Pool(2) as pool:\n    print(pool.map(abs, [-1, -2]))",
    "spawned workers": "with multiprocessing.get_context('spawn').Pool(1) as pool:\n    print(pool.map(abs, [-1, -2]))",
    "loky workers": "print(joblib.Parallel(n_jobs=2)(joblib.delayed(lambda n: n ** 2)(n) for n in range(4)))",
    "a matrix product": "a = np.arange(250_000.0).reshape(500, 500) / 1e5; float((a @ a).sum()), float(np.linalg.svd(a)[1][0])",
    "gradient boosting": "x = np.arange(600.0)[:, None]; m = sklearn.ensemble.HistGradientBoostingRegressor(max_iter=20);"
                         " m.fit(x, np.sin(x[:, 0] / 50)).predict(x[:3]).tolist()",
    "a forest in processes": "sklearn.ensemble.RandomForestRegressor(8, random_state=1, n_jobs=2).fit(x, x[:, 0]).predict(x[:2]).tolist()",
    "arrow's threads": "t = pa.table({'g': [n % 7 for n in range(200_000)], 'v': range(200_000)});"
                       " t.group_by('g').aggregate([('v', 'sum')]).sort_by('g').to_pydict()",
    "parquet": "b = io.BytesIO(); t.to_pandas().to_parquet(b); len(pd.read_parquet(io.BytesIO(b.getvalue()))), "
               "int(pd.read_parquet(io.BytesIO(b.getvalue()))['v'].sum())",
    "duckdb's threads": "duckdb.sql('set threads = 2'); duckdb.sql('select g, sum(v)::bigint s from t group by g order by g').fetchall()",
    "polars, where it is installed": "importlib.util.find_spec('polars') and __import__('polars').DataFrame({'a': [1, 2]}).sum()",
    "lightgbm, where it is installed": "importlib.util.find_spec('lightgbm') and __import__('lightgbm').LGBMRegressor(n_estimators=3, "
                                       "verbose=-1).fit(x, x[:, 0]).predict(x[:1]).tolist()",
    "sqlite": "sqlite3.connect(':memory:').execute('select 1 + 1').fetchone()",
    "sqlalchemy": "sqlalchemy.create_engine('sqlite://').connect().scalar(sqlalchemy.text('select 40 + 2'))",
    "a seeded draw": "np.random.seed(3); random.seed(3); [np.random.rand(), random.random(), np.random.default_rng(3).random()]",
    "pickled and back": "pickle.loads(pickle.dumps(Figure)).__name__, pickle.loads(pickle.dumps(decimal.Decimal('1.1')))",
    "prophet": "logging.getLogger('cmdstanpy').disabled = True\nfrom prophet import Prophet\n"
               "y = np.arange(48.0) + np.sin(np.arange(48.0))\n"
               "d = pd.DataFrame({'ds': pd.date_range('2020-01-01', periods=48, freq='MS'), 'y': y})\n"
               "p = Prophet(uncertainty_samples=0).fit(d, seed=1)\np.predict(d.tail(2))['yhat'].round(6).tolist()",
}  # fmt: skip
"""By name: a cell whose outputs are the same in both; together they use whatever has threads or processes of its own."""


def cells():
    """The cells, in order: imports, the state as JSON, the work."""
    state = ", ".join(f"{name!r}: {expression}" for name, expression in STATE.items())
    return [IMPORTS, f"print(json.dumps({{{state}}}, default=str, sort_keys=True))", *WORK.values()]
