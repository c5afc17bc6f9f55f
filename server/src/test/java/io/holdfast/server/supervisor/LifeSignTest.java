package io.holdfast.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifeSignTest {

    @TempDir
    Path directory;

    @Test
    void saysWhoLivesAndHowOftenItHasBeaten() throws IOException {
        try (LifeSign sign = LifeSign.begin(directory.resolve("run"), "boot-1", 8776)) {
            LifeSign.Read first = LifeSign.read(directory.resolve("run")).orElseThrow();
            assertThat(first).isEqualTo(new LifeSign.Read(ProcessMark.ofThisProcess(), "boot-1", 8776, 0));
            sign.beat();
            sign.beat();
            assertThat(LifeSign.read(directory.resolve("run")).orElseThrow().beats())
                    .isEqualTo(2);
        }
        assertThat(LifeSign.read(directory.resolve("run")))
                .as("an agent that stops is still one")
                .isPresent();
    }

    @Test
    void anotherLifeBeginsWithoutABeat() throws IOException {
        try (LifeSign before = LifeSign.begin(directory, "boot-1", 8776)) {
            before.beat();
            try (LifeSign next = LifeSign.begin(directory, "boot-1", 8777)) {
                // A beat of the life before goes nowhere.
                before.beat();
                assertThat(LifeSign.read(directory).orElseThrow().beats()).isZero();
                next.beat();
                assertThat(LifeSign.read(directory).orElseThrow().beats()).isEqualTo(1);
            }
        }
    }

    @Test
    void noFileIsNobody() throws IOException {
        assertThat(LifeSign.read(directory)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "pid=1",
                "pid=1 start=2 boot=b port=8776 beats=000000000000000001",
                "pid=x start=2 boot=b port=8776 beats=000000000000000001\n",
                "pid=99999999999999999999 start=2 boot=b port=8776 beats=000000000000000001\n",
                "pid=1 start=2 boot=b port=8776 beats=1\n"
            })
    void whatIsNoWholeLineIsNobody(String text) throws IOException {
        Files.writeString(directory.resolve("agent.life"), text);
        assertThat(LifeSign.read(directory)).isEmpty();
    }

    @Test
    void aReaderNeverSeesABeatThatWasNotWritten() throws Exception {
        try (LifeSign sign = LifeSign.begin(directory, "boot-1", 8776)) {
            AtomicBoolean over = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    sign.beat();
                }
            });
            long last = 0;
            for (int i = 0; i < 2000; i++) {
                long seen = LifeSign.read(directory).map(LifeSign.Read::beats).orElse(last);
                assertThat(seen).isGreaterThanOrEqualTo(last);
                last = seen;
            }
            over.set(true);
            writer.join();
            assertThat(last).isPositive();
        }
    }

    @Test
    void whoCannotGiveASignIsToldAtTheStart() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> LifeSign.begin(file, "boot-1", 8776)).isInstanceOf(IOException.class);
    }
}
