package io.holdfast.fencing.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the runbook's tables say of attempts and levels that proved nothing: the words in italics of their first columns. */
final class FenceReasons {

    private static final Pattern ITALIC = Pattern.compile("\\*([^*]+)\\*");

    private final Set<String> words = new TreeSet<>();

    FenceReasons() throws IOException {
        String runbook = Files.readString(Path.of("..", "docs", "runbook.md"));
        for (String heading :
                new String[] {"### Fence attempt: Failed or Unknown\n", "### Levels of fencing: Failed or Unknown\n"}) {
            String entry = runbook.split(Pattern.quote(heading), 2)[1].split("\n##", 2)[0];
            entry.lines()
                    .filter(line -> line.startsWith("| "))
                    .map(line -> line.substring(2).split(" \\| ", 2)[0])
                    .forEach(cell -> {
                        Matcher italic = ITALIC.matcher(cell);
                        while (italic.find()) {
                            words.add(italic.group(1));
                        }
                    });
        }
    }

    /** Each of these reasons has a row: words of its first column stand in it. */
    void knows(Collection<String> reasons) {
        assertThat(reasons)
                .isNotEmpty()
                .allSatisfy(reason -> assertThat(words)
                        .as("a row of the runbook for \"" + reason + "\"")
                        .anyMatch(reason::contains));
    }
}
