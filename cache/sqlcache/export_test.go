package sqlcache

import "database/sql/driver"

// Forget makes a connector forget the types that it has learned, as another process
// would not know them.
func Forget(c driver.Connector) { c.(*connector).types.byName.Clear() }
