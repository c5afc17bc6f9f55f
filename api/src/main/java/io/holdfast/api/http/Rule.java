package io.holdfast.api.http;

import java.util.Optional;

/** Who may ask for an operation. */
public enum Rule {
    OPEN("everybody, without a token", Role.NONE),
    ANY("every token", Role.NONE),
    SELF("the user whom it is about, or admin", Role.ADMIN),
    READER("reader, member, admin", Role.READER),
    MEMBER("member, admin", Role.MEMBER),
    ADMIN("admin", Role.ADMIN);

    private final String words;
    private final Role least;

    Rule(String words, Role least) {
        this.words = words;
        this.least = least;
    }

    /** As the table of the documents says it. */
    public String words() {
        return words;
    }

    /** @param user whom the operation is about, as its path says; empty where it says nobody */
    boolean allows(Caller caller, Optional<String> user) {
        return caller.role().covers(least)
                || (this == SELF && user.filter(caller.user()::equals).isPresent());
    }
}
