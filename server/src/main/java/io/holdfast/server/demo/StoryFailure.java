package io.holdfast.server.demo;

/** The story could not go on; the message says what was waited for and what was there instead. */
final class StoryFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoryFailure(String message) {
        super(message);
    }
}
