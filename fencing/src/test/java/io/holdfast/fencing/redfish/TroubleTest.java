package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TroubleTest {

    private static final Pattern FIRST_CELL = Pattern.compile("^\\| \\*([^*]+)\\* ");

    @Test
    void theRunbookHasALineForEachWordInTheirOrder() throws IOException {
        String runbook = Files.readString(Path.of("..", "docs", "runbook.md"));
        String section =
                runbook.split("\n## What a Redfish device says\n", 2)[1].split("\n## ", 2)[0];
        List<String> words = section.lines()
                .map(FIRST_CELL::matcher)
                .filter(java.util.regex.Matcher::find)
                .map(found -> found.group(1))
                .filter(word -> !word.startsWith("power state is "))
                .toList();

        assertThat(words)
                .isEqualTo(Arrays.stream(Trouble.values()).map(Trouble::word).toList());
    }

    @Test
    void theRefusalsStandBeforeTheRest() {
        List<Boolean> refusals =
                Arrays.stream(Trouble.values()).map(Trouble::isRefusal).toList();

        assertThat(refusals.lastIndexOf(true)).isEqualTo(Trouble.BUSY.ordinal() - 1);
        assertThat(refusals.indexOf(false)).isEqualTo(Trouble.BUSY.ordinal());
    }
}
