"""Changes that a load would make to the small registry, and a picture of all that is published."""

from __future__ import annotations

import psycopg
from registry import COMMUNES, NOW, SECRET, Registry, citizen_id, person, warn, write

from province_data.build import build
from province_data.publish import publish

TABLES = ("person", "household", "residence", "land_parcel", "land_right", "civil_event", "taxpayer", "land_tax", "indicator")
TABLES += ("quality_score", "commune_score", "freshness", "admin_unit", "indicator_rank", "indicator_old_province", "old_number_link")
INTEGRATED = ("citizen_360", "parcel_360", "household_position")
CHANGE = "update validated.population__person set {}, _load_id = {} where _record_key = %s"


def picture(registry: Registry, tables: tuple[str, ...] = TABLES) -> dict[str, object]:
    """All that is published, each table as one hash of its rows; not which publication brought them."""
    query = (
        "select md5(coalesce(string_agg(r, chr(10) order by r), ''))"
        " from (select (to_jsonb(t) - 'published_from')::text as r from published.{} t) x"
    )
    return {table: registry.one(query.format(table)) for table in tables}


def change_much(registry: Registry, load_id: int) -> None:
    """Change, add, remove and flag citizens, as a load would."""
    new = person("24", 10 + load_id, household_no="2400000001")
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        write(connection, "population__person", "24", new, load_id=load_id, number=load_id)
    registry.do(CHANGE.format(f"marital_status = '{load_id}', perm_commune = '{COMMUNES['24']}'", load_id), citizen_id("24", 2))
    registry.do("delete from validated.population__person where _record_key = %s", citizen_id("24", 3 + load_id % 3))
    registry.do("insert into validated._removed values ('population', 'person', '24', %s, %s)", citizen_id("24", 3 + load_id % 3), load_id)
    warn(registry, "24", citizen_id("24", 2), f"POP-0{10 + load_id}")
    warn(registry, "52", citizen_id("52", 1), f"POP-0{10 + load_id}")
    build(registry.dsn, registry.project / "dbt_project", registry.target)
    assert publish(registry.dsn, SECRET, NOW).changed >= 5
