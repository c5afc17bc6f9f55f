package io.holdfast.fencing.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Reasons that no state machine gives, but who carries its commands out: read from the source, where they stand as words. */
final class FencerReasonsTest {

    private static final Pattern END =
            Pattern.compile("new (?:FenceResult\\.(?:Failed|Unknown)|Barred)\\(\\s*((?:[^\";]|\"[^\"]*\")*);");
    private static final Pattern WORDS = Pattern.compile("\"([^\"]{8,})\"");
    private static final Pattern NAMED = Pattern.compile("String reason = \"([^\"]+)\"|return \"(no fence [^\"]+)\"");
    /** The reasons of the machines, and the two that have a name first. */
    private static final Pattern ELSEWHERE =
            Pattern.compile("(failed|unknown)\\.reason\\(\\).*|noDevice\\(.*|reason, steps.*");

    @Test
    void eachReasonThatIsGivenOutsideOfTheMachinesIsInTheRunbook() throws IOException {
        Set<String> reasons = new TreeSet<>();
        List<String> unread = new ArrayList<>();
        for (String file : List.of("Fencer", "LadderRun")) {
            String source = Files.readString(Path.of("src/main/java/io/holdfast/fencing/" + file + ".java"));
            Matcher named = NAMED.matcher(source);
            while (named.find()) {
                reasons.add(named.group(1) == null ? named.group(2) : named.group(1));
            }
            Matcher end = END.matcher(source);
            while (end.find()) {
                String argument = end.group(1);
                Matcher words = WORDS.matcher(argument);
                if (words.find()) {
                    reasons.add(words.group(1));
                } else if (!ELSEWHERE.matcher(argument).matches()) {
                    unread.add(file + ": " + argument);
                }
            }
        }
        assertThat(unread).as("the words must stand in the call itself").isEmpty();
        assertThat(reasons).hasSizeGreaterThan(9);
        new FenceReasons().knows(reasons);
    }
}
