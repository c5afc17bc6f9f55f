package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.io.TempDir;

/** That tests of other people's programs run where these are, and are skipped with a word where they are not. */
final class NeedsTest {

    @TempDir
    Path directory;

    private ConditionEvaluationResult evaluated(String... programs) {
        return Needs.Condition.evaluated(programs, "some-package", "/nowhere:" + directory);
    }

    @Test
    void aProgramThatIsThereIsNoReasonToSkip() throws IOException {
        program("ipmi_of_the_test");
        assertThat(evaluated("ipmi_of_the_test").isDisabled()).isFalse();
    }

    @Test
    void oneThatIsMissingIsNamedWithItsPackage() throws IOException {
        program("ipmi_of_the_test");
        Files.writeString(directory.resolve("not_executable"), "");

        assertThat(evaluated("ipmi_of_the_test", "gone").getReason())
                .contains("gone is not installed (package some-package)");
        assertThat(evaluated("gone").isDisabled()).isTrue();
        assertThat(evaluated("not_executable").isDisabled()).isTrue();
    }

    private void program(String name) throws IOException {
        Files.setPosixFilePermissions(
                Files.writeString(directory.resolve(name), "#!/bin/sh\n"),
                PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
