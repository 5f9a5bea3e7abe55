package sqlparse

import (
	"slices"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		schema, name string
		args         int
		want         FunctionClass
	}{
		{"", "lower", 1, Pure},
		{"pg_catalog", "lower", 1, Pure},
		{"public", "lower", 1, Unknown},
		{"", "lower", 3, Unknown},
		{"", "Lower", 1, Unknown},
		{"", "count", -1, Pure},
		{"", "count", 1, Pure},
		{"", "concat", 9, Pure},
		{"", "make_interval", 0, Pure},
		{"", "make_interval", 7, Pure},
		{"", "make_interval", 8, Unknown},
		{"", "age", 1, Ambient},
		{"", "age", 2, Pure},
		{"", "now", 0, Ambient},
		{"", "current_setting", 1, Ambient},
		{"", "random", 0, Volatile},
		{"", "clock_timestamp", 0, Volatile},
		{"", "nextval", 1, Volatile},
		{"", "set_config", 3, Volatile},
		{"", "gen_random_uuid", 0, Volatile},
		{"", "uuidv7", 0, Volatile},
		{"", "to_char", 2, Pure},
		{"", "date_trunc", 2, Pure},
		{"", "to_tsvector", 1, Pure},
		{"", "to_regclass", 1, Ambient},
		{"", "table_to_xml", 4, Ambient},
		{"", "query_to_xml", 4, Volatile},
		{"", "ts_rewrite", 2, Volatile},
		{"", "ts_rewrite", 3, Pure},
		{"", "st_area", 1, Unknown},
		{"", "", 0, Unknown},
	} {
		if got := Classify(c.schema, c.name, c.args); got != c.want {
			t.Errorf("Classify(%q, %q, %d): got %d; want %d", c.schema, c.name, c.args, got, c.want)
		}
	}
}

// TestNoRunnerOfTextIsPure: what runs SQL given as text, or reads relations given by
// name, must never count as depending on its arguments alone.
func TestNoRunnerOfTextIsPure(t *testing.T) {
	for name, args := range readsText {
		if len(builtins()[name]) == 0 {
			t.Errorf("%s: PostgreSQL has no such function", name)
		}
		for _, o := range builtins()[name] {
			if (args < 0 || o.fits(args)) && o.class == Pure {
				t.Errorf("%s/%d is pure", name, o.min)
			}
		}
		if !RunsText(name, max(args, 0)) {
			t.Errorf("RunsText(%s) is false", name)
		}
	}
	if RunsText("ts_rewrite", 3) || RunsText("lower", 1) {
		t.Error("RunsText is true of a pure function")
	}
}

// TestScopeOnlyNamesExist: a name in the list that the table does not have is a mistake.
func TestScopeOnlyNamesExist(t *testing.T) {
	for name := range scopeOnly {
		if len(builtins()[name]) == 0 {
			t.Errorf("%s: PostgreSQL has no such function", name)
		}
	}
}

// TestDangerousFunctionsAreNotPure lists functions whose results a cache must never
// keep, by what they depend on.
func TestDangerousFunctionsAreNotPure(t *testing.T) {
	for name := range set(`
		now transaction_timestamp statement_timestamp clock_timestamp timeofday
		current_setting current_user session_user getpgusername current_schema current_schemas current_database
		pg_backend_pid pg_my_temp_schema inet_client_addr inet_server_addr pg_postmaster_start_time version
		txid_current txid_current_snapshot pg_current_snapshot pg_current_xact_id pg_current_wal_lsn
		random setseed gen_random_uuid pg_sleep nextval setval currval lastval set_config pg_notify
		pg_advisory_lock pg_try_advisory_lock pg_cancel_backend pg_read_file pg_ls_dir lo_get lo_from_bytea
		pg_relation_size pg_total_relation_size pg_database_size pg_stat_get_live_tuples pg_column_size
		has_table_privilege has_column_privilege pg_has_role row_security_active pg_get_viewdef
		to_regclass to_regtype obj_description col_description pg_table_is_visible pg_get_userbyid
		pg_timezone_names pg_trigger_depth pg_listening_channels
	`) {
		overloads := builtins()[name]
		if len(overloads) == 0 {
			t.Errorf("%s: PostgreSQL has no such function", name)
		}
		if slices.ContainsFunc(overloads, func(o overload) bool { return o.class == Pure }) {
			t.Errorf("%s is pure", name)
		}
	}
}
