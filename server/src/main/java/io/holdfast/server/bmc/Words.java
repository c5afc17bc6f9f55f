package io.holdfast.server.bmc;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Choices as they are typed: {@code wrong-password} for {@code WRONG_PASSWORD}. */
final class Words {

    private Words() {}

    static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException naming all of them, if it is none */
    static <E extends Enum<E>> E chosen(String word, E[] choices) {
        return Arrays.stream(choices)
                .filter(each -> word(each).equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is none of "
                        + Arrays.stream(choices).map(Words::word).collect(Collectors.joining(", "))));
    }
}
