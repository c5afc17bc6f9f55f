package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''          | ''",
                "3           | 3",
                "2-5         | 2-5",
                "2-15,18     | 2-15,18",
                "5,4,3       | 3-5",
                "0-7,^4      | 0-3,5-7",
                "^4,0-7      | 0-3,5-7",
                "1,1,1-2     | 1-2",
                "' 2 - 3 '   | -",
                "2, 4        | 2,4",
            })
    void aListIsReadAndWrittenInItsShortestForm(String text, String shortest) {
        if (shortest.equals("-")) {
            assertThatThrownBy(() -> Processors.parse(text)).isInstanceOf(IllegalArgumentException.class);
        } else {
            assertThat(Processors.text(Processors.parse(text))).isEqualTo(shortest);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1-", "-1", "5-2", "8192", "1,,2", "1;2", "0-99999", "^"})
    void whatIsNoListIsRefused(String text) {
        assertThatThrownBy(() -> Processors.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
