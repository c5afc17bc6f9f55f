package io.holdfast.fencing.observer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Why a host that reads no power was not proven: each reason of the levels of self-fence and of kdump has a row in the runbook, and each row a
 * reason. Read from the sources, where the reasons stand as words.
 */
final class ProofReasonsTest {

    private static final Path SOURCES = Path.of("src/main/java/io/holdfast/fencing");

    /** What makes a reason of its first argument that is text. */
    private static final Pattern MADE =
            Pattern.compile("(?:Optional\\.of|\\bnever|new Isolation\\.(?:Unprovable|Unproven|Silent)"
                    + "|new Standing\\.No|new DeviceFact\\.SelfFence)\\(");

    private static final Pattern WORDS = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern ITALIC = Pattern.compile("\\*([^*]+)\\*");

    /** Too short: a separator would count as a reason; too long: one of two words would not. */
    private static final int LETTERS_MIN = 8;

    /** The reasons of others, which are read where they are made. */
    private static final Pattern ELSEWHERE = Pattern.compile(
            "(String reason|reason, .*|never\\.get\\(\\)|false, unseen\\(\\)\\.detail\\(\\), took|deaf, .*"
                    + "|wait\\.left\\(\\), told, said\\(seen, leased\\), .*|told, no\\.reason\\(\\) .*"
                    + "|never\\.isEmpty\\(\\), never\\.orElseGet\\(.*)",
            Pattern.DOTALL);

    private record Read(Collection<String> reasons, List<String> unread) {}

    private static Read read(String... files) throws IOException {
        Collection<String> reasons = new TreeSet<>();
        List<String> unread = new ArrayList<>();
        for (String file : files) {
            // One text that is broken over lines is one text.
            String source = Files.readString(SOURCES.resolve(file)).replaceAll("\"\\s*\\+\\s*\"", "");
            Matcher made = MADE.matcher(source);
            while (made.find()) {
                String argument = argument(source, made.end());
                String text = WORDS.matcher(argument)
                        .results()
                        .map(found -> found.group(1))
                        .collect(Collectors.joining("…"));
                if (text.length() >= LETTERS_MIN) {
                    reasons.add(text);
                } else if (!ELSEWHERE.matcher(argument.strip()).matches()) {
                    unread.add(file + ": " + argument);
                }
            }
        }
        return new Read(reasons, unread);
    }

    /** From behind the opening bracket to the closing one. */
    private static String argument(String source, int from) {
        boolean inText = false;
        int open = 1;
        int at = from;
        while (open > 0) {
            char character = source.charAt(at);
            if (character == '"' && source.charAt(at - 1) != '\\') {
                inText = !inText;
            } else if (!inText && character == '(') {
                open++;
            } else if (!inText && character == ')') {
                open--;
            }
            at++;
        }
        return source.substring(from, at - 1);
    }

    /** The italics in the first columns of a section's table. */
    private static List<String> rows(String section) throws IOException {
        String runbook = Files.readString(Path.of("..", "docs", "runbook.md"));
        return runbook.split(Pattern.quote("\n## " + section + "\n"), 2)[1]
                .split("\n## ", 2)[0]
                .lines()
                .filter(line -> line.startsWith("| *"))
                .flatMap(line -> ITALIC.matcher(line.substring(2).split(" \\| ", 2)[0])
                        .results()
                        .map(found -> found.group(1)))
                .toList();
    }

    /** What stands for something is left out of a row as dots. */
    private static boolean isOf(String row, String reason) {
        return Arrays.stream(row.split("…"))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .allMatch(reason::contains);
    }

    private static void assertEachHasARow(Read read, String section) throws IOException {
        List<String> rows = rows(section);
        assertThat(read.unread()).as("the words must stand in the call itself").isEmpty();
        assertThat(read.reasons())
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(rows)
                        .as("a row of the runbook for \"" + reason + "\"")
                        .anyMatch(row -> isOf(row, reason)));
    }

    @Test
    void eachReasonOfTheLevelOfSelfFenceHasARow() throws IOException {
        Read read = read("observer/SelfFenceSight.java", "selffence/core/SelfFenceRule.java");

        assertEachHasARow(read, "What the self-fence level says");
        assertThat(read.reasons()).hasSizeGreaterThan(20);
    }

    @Test
    void eachRowOfTheLevelOfSelfFenceIsOfAReason() throws IOException {
        String words = Files.readString(SOURCES.resolve("observer/SelfFenceSight.java"))
                + Files.readString(SOURCES.resolve("selffence/core/SelfFenceRule.java"))
                + Files.readString(SOURCES.resolve("core/FenceAttempt.java"));
        String text = WORDS.matcher(words.replaceAll("\"\\s*\\+\\s*\"", ""))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.joining("…"));

        assertThat(rows("What the self-fence level says"))
                .allSatisfy(row ->
                        assertThat(text).matches(each -> isOf(row.replace(" N ", "…"), each), "says " + row));
    }

    @Test
    void eachReasonOfTheLevelOfKdumpHasARowAndEachRowAReason() throws IOException {
        Read read = read("kdump/KdumpDevice.java", "kdump/KdumpListener.java");

        assertEachHasARow(read, "What the kdump level says");
        assertThat(read.reasons()).hasSize(3);
        assertThat(rows("What the kdump level says"))
                .allSatisfy(row -> assertThat(read.reasons()).anyMatch(reason -> isOf(row, reason)));
    }
}
