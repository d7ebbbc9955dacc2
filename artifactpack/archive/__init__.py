"""One zip: writer, strict reader, metadata, anonymous twin, signatures."""
