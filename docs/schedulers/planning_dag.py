"""The monthly loop as an Airflow 3 DAG: one task that calls the command. Lies in Airflow's folder of DAGs.

Airflow has an environment of its own; the project's libraries and Airflow's never meet. PLANNING_HOME, in the environment of
Airflow's workers, names the folder the project lies in.
"""

import os
from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

HOME = os.environ.get("PLANNING_HOME", "/srv/planning")
KEPT = ("HOME", "PATH", "LANG", "TZ", "OMP_NUM_THREADS")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("PLANNING_")}

with DAG(
    dag_id="planning_loop",
    description="Intake, budgets, reforecasts, control, predictions and scorecards of every company",
    schedule="0 6 5 * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,  # a month that was missed isn't made up for: the newest loop has the newest figures
    max_active_runs=1,
    tags=["planning"],
) as dag:
    BashOperator(
        task_id="loop",
        bash_command="exec .venv/bin/planning loop",  # exec: what Airflow stops is the command itself
        cwd=HOME,
        env=ENVIRONMENT | {"PLANNING_HOME": HOME},
        append_env=False,
        retries=0,  # the batch tries again by itself, and only what may help
        execution_timeout=timedelta(hours=12),
        do_xcom_push=False,
    )
