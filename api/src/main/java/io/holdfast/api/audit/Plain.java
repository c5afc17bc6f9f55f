package io.holdfast.api.audit;

import org.jspecify.annotations.Nullable;

/**
 * Texts as a line may hold them: what comes from outside may be long, and contain what a database takes for no text (NUL, halves of pairs) or
 * what a terminal acts on.
 */
final class Plain {

    private static final char INSTEAD = '\uFFFD';

    private Plain() {}

    /** At most so many characters, and none that is not one to be read. */
    static String of(String text, int most) {
        StringBuilder plain = null;
        int length = Math.min(text.length(), most);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            boolean pair =
                    Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (isHarmful(c)) {
                if (plain == null) {
                    plain = new StringBuilder(text);
                }
                plain.setCharAt(i, INSTEAD);
            }
        }
        if (plain == null) {
            return length == text.length() ? text : text.substring(0, length);
        }
        return plain.substring(0, length);
    }

    static @Nullable String orNull(@Nullable String text, int most) {
        return text == null ? null : of(text, most);
    }

    private static boolean isHarmful(char c) {
        return Character.isISOControl(c)
                || Character.isSurrogate(c)
                || c == '\u2028'
                || c == '\u2029'
                // What follows would be shown in another order.
                || (c >= '\u202A' && c <= '\u202E')
                || (c >= '\u2066' && c <= '\u2069');
    }
}
