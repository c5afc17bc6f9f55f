package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class FactsTest {

    private static final List<String> SEEN =
            List.of("h1 loses power", "h1 is FENCED", "h1 fenced", "a starts on h2", "a ends on h2", "a starts on h3");

    @Test
    void factsThatCameTrueInTheirOrderAreNotMissed() {
        assertThat(Facts.missing(List.of("h1 fenced", "a starts"), SEEN)).isNull();
        assertThat(Facts.missing(List.of("a starts on h2", "a starts on h3"), SEEN))
                .isNull();
        assertThat(Facts.missing(List.of("a starts", "a starts"), SEEN)).isNull();
        assertThat(Facts.missing(List.of("h1  fenced", "a ends on  h2"), SEEN)).isNull();
    }

    @Test
    void theFirstFactThatDidNotComeTrueAfterTheOthersIsNamed() {
        assertThat(Facts.missing(List.of("a starts", "h1 fenced"), SEEN)).isEqualTo("h1 fenced");
        assertThat(Facts.missing(List.of("a starts", "a starts", "a starts"), SEEN))
                .isEqualTo("a starts");
        assertThat(Facts.missing(List.of("h1 fenced", "b starts"), SEEN)).isEqualTo("b starts");
    }

    @Test
    void aWordIsNotTheBeginningOfALongerWord() {
        assertThat(Facts.missing(List.of("h1 is FENC", "a starts"), SEEN)).isEqualTo("h1 is FENC");
        assertThat(Facts.missing(List.of("h1 loses power", "a starts on h"), SEEN))
                .isEqualTo("a starts on h");
    }
}
