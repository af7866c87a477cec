// Package slog stands for the package of that name in Go releases that lack it (before 1.21): as much of it as the
// task orchestrator uses, so that Debian's Go can build it. Lines go to standard error as text.
package slog

import (
	"context"
	"fmt"
	"io"
	"log"
)

// Level says how bad a line is.
type Level int

// The levels that are used.
const (
	LevelDebug Level = -4
	LevelInfo  Level = 0
	LevelWarn  Level = 4
	LevelError Level = 8
)

// HandlerOptions is taken and ignored.
type HandlerOptions struct{ Level Level }

// Logger is taken and ignored: there is one.
type Logger struct{}

// NewJSONHandler returns nothing: all lines are text.
func NewJSONHandler(_ io.Writer, _ *HandlerOptions) *Logger { return &Logger{} }

// New returns the logger as it is.
func New(l *Logger) *Logger { return l }

// SetDefault does nothing.
func SetDefault(*Logger) {}

// Log writes a line.
func Log(_ context.Context, level Level, message string, pairs ...interface{}) {
	if level >= LevelInfo {
		log.Println(fmt.Sprint(int(level)), message, fmt.Sprint(pairs...))
	}
}

// Debug writes nothing.
func Debug(string, ...interface{}) {}

// Info writes a line.
func Info(message string, pairs ...interface{}) { Log(nil, LevelInfo, message, pairs...) }

// Warn writes a line.
func Warn(message string, pairs ...interface{}) { Log(nil, LevelWarn, message, pairs...) }

// Error writes a line.
func Error(message string, pairs ...interface{}) { Log(nil, LevelError, message, pairs...) }
