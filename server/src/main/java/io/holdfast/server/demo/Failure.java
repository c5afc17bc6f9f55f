package io.holdfast.server.demo;

/** What befalls the host in the story. */
enum Failure {
    /** Its plug is pulled: nothing says goodbye. */
    POWER("The plug of %s is pulled"),

    /** Everything on it stands still where it is, and its kernel goes on accepting connections. */
    HANG("%s hangs: nothing on it runs any more, and its kernel still accepts connections");

    private final String chapter;

    Failure(String chapter) {
        this.chapter = chapter;
    }

    String chapter(String host) {
        return String.format(chapter, host);
    }
}
