package catalog

// The queries over pg_catalog. Each returns rows of text, none of it NULL, and names
// no column that a server from 13 to 18 lacks: where one is younger than 13, the row
// is asked as JSON. An object with an OID below 16384 is PostgreSQL's own
// (FirstNormalObjectId in the server's access/transam.h). They need no right beyond an ordinary role's.
//
// What several rows make of one thing is ordered, so that every process finds the same ways to it.
//
// Relations of other sessions (pg_temp_*) and TOAST tables are left out.

const schemasSQL = `
SELECT oid, nspname, has_schema_privilege('public', oid, 'USAGE')
FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)'`

const loadPathSQL = `SELECT s FROM unnest(current_schemas(true)) s WHERE s !~ '^pg_temp'`

// Columns of a partition key that are expressions have number 0.
const relationsSQL = `
SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.oid < 16384, c.relrowsecurity,
       coalesce((SELECT CASE WHEN 0 = ANY (p.partattrs) THEN '*' ELSE string_agg(a.attname, chr(31)) END
                 FROM pg_partitioned_table p LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (p.partattrs)
                 WHERE p.partrelid = c.oid GROUP BY p.partattrs), ''), pg_get_userbyid(c.relowner),
       EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_(temp|toast)'`

const inheritsSQL = `SELECT inhrelid, inhparent FROM pg_inherits ORDER BY inhrelid, inhseqno`

// A generated column may change when another one is set. The copies that the partitions of a referencing
// table have are left out; those that reference partitions have the name of the key they are copied from.
const foreignKeysSQL = `
WITH RECURSIVE named (id, name) AS (
	SELECT oid, conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
	UNION ALL SELECT c.oid, n.name FROM named n JOIN pg_constraint c ON c.conparentid = n.id
)
SELECT (SELECT name FROM named WHERE id = c.oid), c.conrelid, c.confrelid, c.confdeltype, c.confupdtype,
       (SELECT string_agg(a.attname, chr(31)) FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)),
       (SELECT CASE WHEN bool_or(a.attgenerated <> '') THEN '*' ELSE string_agg(a.attname, chr(31)) END
        FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attnum = ANY (c.confkey))
FROM pg_constraint c WHERE c.contype = 'f'
  AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.confrelid = c.confrelid)
ORDER BY c.oid`

const triggersSQL = `
SELECT t.tgname, t.tgrelid, t.tgfoid, t.tgtype,
       coalesce((SELECT CASE WHEN bool_or(a.attgenerated <> '') THEN '*' ELSE string_agg(a.attname, chr(31)) END
                 FROM pg_attribute a WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)), '*'), t.tgdeferrable
FROM pg_trigger t WHERE t.tgfoid >= 16384 AND t.tgenabled <> 'D'
ORDER BY t.oid`

const eventTriggersSQL = `
SELECT evtname, evtevent = 'login', evtfoid FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY evtname`

const viewsSQL = `
SELECT oid, coalesce(pg_get_viewdef(oid), '') FROM pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384`

// A rule stands in for the command where it always fires: one that is not ENABLE ALWAYS does or does not,
// by session_replication_role.
const rulesSQL = `
SELECT rulename, ev_class, ev_type, is_instead AND ev_qual::text = '<>' AND ev_enabled = 'A', coalesce(pg_get_ruledef(oid), '')
FROM pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN' AND ev_enabled <> 'D'
ORDER BY oid`

// A function of a program's own belongs to tablefunc if that has its code, of which one makes further crosstabs
// (https://www.postgresql.org/docs/16/tablefunc.html).
const functionsSQL = `
SELECT p.oid, p.pronamespace, p.proname, p.proargtypes::text,
       CASE p.prokind WHEN 'p' THEN coalesce(cardinality(p.proallargtypes), p.pronargs) ELSE p.pronargs END,
       p.pronargs - p.pronargdefaults, p.provariadic <> 0,
       p.provolatile, l.lanname, p.prosecdef, pg_get_userbyid(p.proowner), coalesce(to_jsonb(p) ->> 'prosqlbody', '') <> '',
       coalesce((SELECT '+' || substr(s, 13) FROM unnest(p.proconfig) s WHERE s LIKE 'search\_path=%'), '-'),
       EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'role=%' OR s LIKE 'session\_authorization=%'),
       coalesce((SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                 WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                   AND d.refclassid = 'pg_extension'::regclass), substring(p.probin FROM '^\$libdir/(tablefunc)$'), ''),
       p.pronargs = 1 AND EXISTS (SELECT FROM pg_type t WHERE t.oid = p.proargtypes[0] AND t.typtype IN ('c', 'p')),
       CASE WHEN p.prokind <> 'a' AND l.lanname NOT IN ('c', 'internal') THEN pg_get_functiondef(p.oid) ELSE '' END
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid >= 16384`

// What an aggregate calls of PostgreSQL's own: its transition, final, combine, serial,
// deserial and moving functions.
const aggregatesSQL = `
SELECT a.aggfnoid::oid, f.proname, f.pronargs
FROM pg_aggregate a JOIN pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
     a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
WHERE a.aggfnoid::oid >= 16384 AND f.oid < 16384`

// What functions depend on: those of an aggregate, of parameters' defaults, of an atomic
// body. Names in the definition may mean others under another search path.
const functionCallsSQL = `
SELECT DISTINCT d.objid, coalesce(o.oprcode::oid, d.refobjid)
FROM pg_depend d LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)`

const operatorsSQL = `
SELECT oid, oprnamespace, oprname, oprcode::oid FROM pg_operator WHERE oid >= 16384 AND oprcode <> 0`

// Types other than arrays and those of tables' rows.
const typesSQL = `
SELECT t.oid, t.typnamespace, t.typname FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.oid >= 16384 AND t.typelem = 0 AND (c.oid IS NULL OR c.relkind = 'c')`

// The functions that work behind a type: casts from and to it that have one; the
// support functions and operators of the operator classes by which it is sorted and hashed unasked; its range's. Its input
// and output are in C, and depend on settings of the scope at most.
// A cast between two of PostgreSQL's own types has type 0: it may be anywhere, and so may one of a table's row.
const typeFunctionsSQL = `
SELECT CASE WHEN castsource >= 16384 THEN castsource WHEN casttarget >= 16384 THEN casttarget ELSE 0 END, castfunc::oid
FROM pg_cast WHERE castfunc >= 16384
UNION SELECT casttarget, castfunc::oid FROM pg_cast WHERE castfunc >= 16384 AND casttarget >= 16384
UNION SELECT c.opcintype, p.amproc::oid FROM pg_opclass c JOIN pg_amproc p ON p.amprocfamily = c.opcfamily
      JOIN pg_am m ON m.oid = c.opcmethod WHERE c.opcdefault AND m.amname IN ('btree', 'hash') AND p.amproc::oid >= 16384
UNION SELECT c.opcintype, o.oprcode::oid FROM pg_opclass c JOIN pg_amop a ON a.amopfamily = c.opcfamily
      JOIN pg_operator o ON o.oid = a.amopopr
      JOIN pg_am m ON m.oid = c.opcmethod WHERE c.opcdefault AND m.amname IN ('btree', 'hash') AND o.oprcode::oid >= 16384
UNION SELECT r.rngtypid, f FROM pg_range r, unnest(ARRAY[rngcanonical, rngsubdiff]::oid[]) f WHERE f >= 16384`

// The functions of a domain's checks, its base domains' among them.
const domainFunctionsSQL = `
WITH RECURSIVE base (domain, type) AS (
	SELECT oid, oid FROM pg_type WHERE typtype = 'd' AND oid >= 16384
	UNION SELECT b.domain, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typbasetype >= 16384
)
SELECT b.domain, d.refobjid
FROM base b JOIN pg_constraint c ON c.contypid = b.type
JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_proc'::regclass`

// innerTypesSQL are the types within a type that are not PostgreSQL's own: an array's
// elements, a domain's base, a row's columns.
const innerTypesSQL = `
	UNION
	SELECT h.id, u.type FROM have h JOIN pg_type t ON t.oid = h.type,
	     LATERAL (SELECT t.typelem UNION SELECT t.typbasetype
	              UNION SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0) u (type)
	WHERE u.type >= 16384
)
SELECT id, type FROM have`

// The types of columns.
const columnTypesSQL = `
WITH RECURSIVE have (id, type) AS (
	SELECT attrelid, atttypid FROM pg_attribute WHERE atttypid >= 16384 AND attnum > 0 AND NOT attisdropped` + innerTypesSQL

// The types of arguments and results.
const functionTypesSQL = `
WITH RECURSIVE have (id, type) AS (
	SELECT p.oid, t.type FROM pg_proc p, unnest(p.proargtypes::oid[] || p.proallargtypes || p.prorettype) t (type)
	WHERE p.oid >= 16384 AND t.type >= 16384` + innerTypesSQL

// typeTraitsSQL tells of every type what it holds itself, by the letters of a traits, the relation whose row it is,
// and the types within it: an array's elements, a domain's base, a range's bounds. Words may be in
// whatever is not known to print none; a type that only a call decides may have anything.
const typeTraitsSQL = `
SELECT t.oid, t.typnamespace, t.typname, CASE
       WHEN t.typtype = 'p' AND (t.typname LIKE 'any%' OR t.typname IN ('record', '_record', 'unknown', 'cstring')) THEN 'dztmr'
       WHEN t.typtype = 'c' THEN 'r'
       WHEN t.typtype = 'e' THEN 't'
       WHEN t.typtype <> 'b' OR t.typcategory = 'A' THEN ''
       WHEN t.oid < 16384 AND t.typname = 'timetz' THEN 'dzm'
       WHEN t.oid < 16384 AND t.typname = 'time' THEN 'dm'
       WHEN t.oid < 16384 AND t.typname IN ('date', 'timestamp', 'timestamptz') THEN 'd'
       WHEN t.oid < 16384 AND (t.typcategory IN ('B', 'D', 'G', 'I', 'N', 'T', 'V')
            OR t.typname IN ('uuid', 'macaddr', 'macaddr8', 'pg_lsn', 'xid', 'xid8', 'cid', 'tid')) THEN ''
       ELSE 't' END,
       t.typrelid, concat_ws(' ', CASE t.typcategory WHEN 'A' THEN t.typelem ELSE 0 END, t.typbasetype, r.rngsubtype, m.rngtypid)
FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_range m ON to_jsonb(m) ->> 'rngmultitypid' = t.oid::text
WHERE t.oid >= 16384 OR t.typtype <> 'c'`

// columnsSQL lists the columns of the program's own relations, each with its type.
const columnsSQL = `
SELECT c.oid, string_agg(a.attname || chr(30) || a.atttypid, chr(31))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.oid`

// resultsSQL lists the types that functions and operators return, with the names of the columns if it is a row
// of parameters; with what aggregates begin; and the casts that work unasked without a function, by way of a text. What is
// given is a result of the type of an argument.
const resultsSQL = `
SELECT 'function', oid, CASE WHEN prorettype = ANY (proargtypes) THEN 'given' ELSE '' END, prorettype::text FROM pg_proc WHERE oid >= 16384 AND proargmodes && '{o,b,t}' IS NOT TRUE
UNION ALL
SELECT 'fields', p.oid, '', string_agg(coalesce(a.name, '') || chr(30) || a.type, chr(31))
FROM pg_proc p, unnest(p.proallargtypes, p.proargmodes, p.proargnames) a (type, mode, name)
WHERE p.oid >= 16384 AND a.mode IN ('o', 'b', 't') GROUP BY p.oid
UNION ALL
SELECT CASE WHEN oprresult IN (oprleft, oprright) THEN 'given' ELSE 'operator' END, oprnamespace, oprname, oprresult::text
FROM pg_operator WHERE oid >= 16384
UNION ALL
SELECT 'aggregate', aggfnoid, initial, type::text
FROM pg_aggregate, LATERAL (VALUES (agginitval, aggtranstype), (aggminitval, aggmtranstype)) a (initial, type)
WHERE aggfnoid::oid >= 16384 AND initial IS NOT NULL
UNION ALL
SELECT 'cast', castsource, '', casttarget::text FROM pg_cast WHERE oid >= 16384 AND castmethod = 'i' AND castcontext <> 'e'`

// The dependencies of what belongs to a relation on functions, operators and relations.
// See https://www.postgresql.org/docs/16/catalog-pg-depend.html. PostgreSQL's own functions have none.
const dependenciesSQL = `
WITH parts (class, id, kind, relation, col) AS (
	SELECT 'pg_attrdef'::regclass, d.oid,
	       CASE a.attgenerated WHEN '' THEN 'default' WHEN 'v' THEN 'virtual' ELSE 'generated' END, d.adrelid, a.attname
	FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
	UNION ALL SELECT 'pg_constraint'::regclass, oid, 'check', conrelid, '' FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
	UNION ALL SELECT 'pg_class'::regclass, indexrelid, 'index', indrelid, '' FROM pg_index
	UNION ALL SELECT 'pg_class'::regclass, partrelid, 'key', partrelid, '' FROM pg_partitioned_table WHERE partexprs IS NOT NULL
	UNION ALL SELECT 'pg_trigger'::regclass, oid, 'when', tgrelid, '' FROM pg_trigger WHERE tgqual IS NOT NULL
	UNION ALL SELECT 'pg_policy'::regclass, oid, 'policy', polrelid, '' FROM pg_policy
	UNION ALL SELECT 'pg_rewrite'::regclass, oid, 'view', ev_class, '' FROM pg_rewrite WHERE rulename = '_RETURN'
)
SELECT DISTINCT p.kind, p.relation, p.col,
       CASE d.refclassid WHEN 'pg_class'::regclass THEN 'relation' ELSE 'function' END, coalesce(o.oprcode::oid, d.refobjid)
FROM parts p JOIN pg_depend d ON d.classid = p.class AND d.objid = p.id
LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
WHERE d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass)
  AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid = p.relation)
  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE p.kind = 'when' AND t.oid = p.id AND t.tgfoid = d.refobjid)
ORDER BY 2, 1, 3, 4, 5`

// fingerprintSQL digests the rows that the other queries read, by what changes when one of them is
// written: the transaction that wrote it. A TRUNCATE, a REINDEX or a
// rewrite of a table changes it, too: one reload too many, before which package cache drops
// every entry. Temporary relations do not.
//
// In it is also what changes the rows of a query and is in no Snapshot: the labels of enumerations, text
// search configurations, collations, conversions, foreign servers; the tables of subscriptions, whose states do not count; and the time since which the server counts. It begins anew
// when the server has recovered from a crash, by which unlogged tables are empty; the postmaster's start does not tell that.
const fingerprintSQL = `
WITH temporary AS (SELECT oid FROM pg_class WHERE relpersistence = 't')
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
	SELECT 'n' || sum(hashtext(oid::text || xmin)::bigint) || count(*) AS part FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)'
	UNION ALL SELECT 'c' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace AND relpersistence <> 't'
	UNION ALL SELECT 'i' || sum(hashtext(inhrelid::text || xmin)::bigint) || count(*) FROM pg_inherits WHERE inhrelid NOT IN (SELECT oid FROM temporary)
	UNION ALL SELECT 'k' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_constraint WHERE contype IN ('f', 'c')
	          AND conrelid NOT IN (SELECT oid FROM temporary)
	UNION ALL SELECT 't' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_trigger WHERE tgrelid NOT IN (SELECT oid FROM temporary)
	UNION ALL SELECT 'r' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_rewrite WHERE oid >= 16384
	          AND ev_class NOT IN (SELECT oid FROM temporary)
	UNION ALL SELECT 'p' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_proc WHERE oid >= 16384
	UNION ALL SELECT 'a' || sum(hashtext(aggfnoid::oid::text || xmin)::bigint) || count(*) FROM pg_aggregate WHERE aggfnoid::oid >= 16384
	UNION ALL SELECT 'o' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_operator WHERE oid >= 16384
	UNION ALL SELECT 'y' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_type WHERE oid >= 16384 AND typrelid = 0 AND typelem = 0
	UNION ALL SELECT 'g' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_cast
	UNION ALL SELECT 'x' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_opclass WHERE oid >= 16384
	UNION ALL SELECT 'm' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_amproc WHERE oid >= 16384
	UNION ALL SELECT 'q' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_amop WHERE oid >= 16384
	UNION ALL SELECT 'd' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_attrdef
	          WHERE adrelid NOT IN (SELECT oid FROM temporary)
	UNION ALL SELECT 's' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_policy
	UNION ALL SELECT 'b' || sum(hashtext(attrelid::text || attnum || xmin)::bigint) || count(*) FROM pg_attribute
	          WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE oid >= 16384 AND relkind <> 't' AND relpersistence <> 't')
	UNION ALL SELECT 'e' || sum(hashtext(extname || xmin)::bigint) || count(*) FROM pg_extension
	UNION ALL SELECT 'v' || sum(hashtext(evtname || xmin)::bigint) || count(*) FROM pg_event_trigger
	UNION ALL SELECT 'P' || coalesce(extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time())::text, '')
	UNION ALL SELECT 'E' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_enum
	UNION ALL SELECT 'T' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM (
		SELECT oid, xmin FROM pg_ts_config UNION ALL SELECT oid, xmin FROM pg_ts_dict UNION ALL SELECT mapcfg, xmin FROM pg_ts_config_map
	) text_search
	UNION ALL SELECT 'O' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_collation WHERE oid >= 16384
	UNION ALL SELECT 'U' || sum(hashtext(srrelid::text)::bigint) || count(*) FROM pg_subscription_rel
	UNION ALL SELECT 'C' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM pg_conversion
	UNION ALL SELECT 'F' || sum(hashtext(oid::text || xmin)::bigint) || count(*) FROM (
		SELECT oid, xmin FROM pg_foreign_server UNION ALL SELECT ftrelid, xmin FROM pg_foreign_table
	) elsewhere
) parts`

// rolesSQL digests what the scopes of sessions rest on that no session sets: roles, who is a member of which,
// and the settings that sessions start with. Roles are asked by what they are, since nobody but a
// superuser may read pg_authid.
const rolesSQL = `
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
	SELECT 'r' || sum(hashtext(concat_ws(',', oid, rolname, rolsuper, rolinherit, rolbypassrls))::bigint) || count(*) AS part FROM pg_roles
	UNION ALL SELECT 'm' || sum(hashtext(concat_ws(',', roleid, member, grantor, xmin))::bigint) || count(*) FROM pg_auth_members
	UNION ALL SELECT 's' || sum(hashtext(concat_ws(',', setdatabase, setrole, xmin))::bigint) || count(*) FROM pg_db_role_setting
	UNION ALL SELECT 'g' || sum(hashtext(name || '=' || reset_val)::bigint) || count(*) FROM pg_settings WHERE context IN ('user', 'superuser')
) parts`
