package brokerwire

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// TokenStore keeps the resume token of one stream, so that it goes on after a restart of the program. The stream's
// filters must stay the same, or the gateway starts it over.
type TokenStore interface {
	// Load gives the token saved last; empty to start afresh.
	Load(ctx context.Context) (string, error)
	// Save keeps a token. It is called when all items before it have been processed.
	Save(ctx context.Context, token string) error
}

// FileTokenStore keeps a token in a file that is replaced as a whole: after a crash it holds the former token or the
// new one.
type FileTokenStore string

// Load reads the file; no file is an empty token.
func (path FileTokenStore) Load(context.Context) (string, error) {
	text, err := os.ReadFile(string(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// Save writes the token beside the file, to disk, and puts it in the file's place.
func (path FileTokenStore) Save(_ context.Context, token string) error {
	folder := filepath.Dir(string(path))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "."+filepath.Base(string(path))+".*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(token + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), string(path))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncFolder(folder)
}

func syncFolder(folder string) error {
	handle, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}
