// Package fleet starts, kills and stops the processes of a run.
package fleet
