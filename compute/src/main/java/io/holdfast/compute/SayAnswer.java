package io.holdfast.compute;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What shall become of an instance whose host is proven isolated, as its consumer says or as is done when nobody says anything. */
public enum SayAnswer {
    /** Started elsewhere, like an instance that does not ask. */
    RECOVER,
    /** Left where it is, which is down; its owner may have it recovered later. */
    LEAVE,
    /** Given a new home and left stopped there. */
    STOPPED;

    /** As it is written in metadata, in the API and in notices. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<SayAnswer> parse(String word) {
        return Arrays.stream(values())
                .filter(answer -> answer.word().equals(word))
                .findFirst();
    }
}
