package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HostIdTest {

    /** The rule as it is written down; the code goes letter by letter. */
    private static final Pattern RULE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    @Test
    void aNameIsWhatTheRuleSays() {
        for (int c = 0; c < 0x250; c++) {
            String letter = String.valueOf((char) c);
            for (String text : List.of(letter, "a" + letter, letter + "a", "a" + letter + "b")) {
                assertIs(text, RULE.matcher(text).matches());
            }
        }
        for (int length : List.of(0, 1, 62, 63, 64, 1000)) {
            assertIs("h".repeat(length), length >= 1 && length <= 63);
        }
    }

    private static void assertIs(String text, boolean name) {
        if (name) {
            assertThat(HostId.of(text).value()).isEqualTo(text);
        } else {
            assertThatThrownBy(() -> HostId.of(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not a valid host name");
        }
    }
}
