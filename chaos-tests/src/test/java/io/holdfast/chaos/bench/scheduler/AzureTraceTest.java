package io.holdfast.chaos.bench.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.holdfast.chaos.bench.scheduler.Arrivals.Arrival;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real arrivals, read from the four files in which they come. */
class AzureTraceTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void aTraceOfTwoTimes() throws IOException {
        write("flav_map.txt", "1,1.75 b\n4,32 j\n");
        write("v1.interval_map.txt", "0 0\n300 1\n600 2\n900 2\n1200 2\n");
        write("v1.dev.txt", "1800000 b,|,j,j,|,\n1800300 b,\n");
        write("v1.dev.c2100000.txt", "1800000 U1,|,C46,U2,|,\n1800300 U0,\n");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void eachComesWhenItsLineSaysAndStaysAsLongAsItsBin() {
        Resources small = new Resources(1, 1792, 0);
        Resources large = new Resources(4, 32768, 0);
        assertThat(AzureTrace.read(folder).all())
                .containsExactly(
                        new Arrival(0, small, 300),
                        new Arrival(0, large, Long.MAX_VALUE),
                        new Arrival(0, large, 900),
                        new Arrival(300, small, 0));
    }

    @Test
    void whoIsStillThereAtTheEndNeverLeaves() {
        assertThat(AzureTrace.read(folder).all().get(1).gone()).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({
        "flav_map.txt, 1 b, is not 'vCPU",
        "flav_map.txt, '1,x b', 'is not a number'",
        "v1.interval_map.txt, 5, is not 'seconds bin'",
        "v1.interval_map.txt, 0 0, does not have the bin of U1",
        "v1.dev.txt, 1800000, no space",
        "v1.dev.txt, '1800000 b,|,j,j,|,', lines",
        "v1.dev.c2100000.txt, '1800000 X1,|,C46,U2,|,~1800300 U0,', a stay begins with U or C",
        "v1.dev.c2100000.txt, '1800000 U1,|,C46,U2,U2,~1800300 U0,', not the same as in",
        "v1.dev.txt, '1800000 z,|,j,j,|,~1800300 b,', flavor 'z' is not in flav_map.txt",
    })
    void whatIsWrongInItIsSaid(String file, String text, String words) throws IOException {
        String lines = text.replace('~', '\n');
        if (file.equals("v1.dev.txt") && words.equals("no space")) {
            write("v1.dev.c2100000.txt", "1800000 U1,\n");
        }
        write(file, lines + "\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AzureTrace.read(folder))
                .withMessageContaining(folder.toString())
                .withMessageContaining(words);
    }

    @Test
    void aFolderWithoutItIsSaidToBeOne() throws IOException {
        Files.delete(folder.resolve("v1.dev.txt"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AzureTrace.read(folder))
                .withMessageContaining("--trace: " + folder.resolve("v1.dev.txt") + " cannot be read");
    }
}
