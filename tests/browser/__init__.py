"""Pages in a real browser: what people do all day, by mouse and by keyboard, in both languages."""
