package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.logging.Logging;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SameSeedSameStoryTest {

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 17, 42})
    void twoRunsOfASeedTellTheSameStory(long seed) {
        Outcome first = Trial.usual().run(seed, new Mutation(), true);
        Outcome second = Trial.usual().run(seed, new Mutation(), true);
        assertThat(second.story()).isEqualTo(first.story());
        assertThat(second.hash()).isEqualTo(first.hash());
    }

    @Test
    void aStoryIsTheSameWhetherItIsKeptOrNot() {
        assertThat(Trial.usual().run(5, new Mutation(), false).hash())
                .isEqualTo(Trial.usual().run(5, new Mutation(), true).hash());
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 23})
    void anotherJvmTellsTheSameStory(long seed) throws IOException, InterruptedException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StoryHash.class.getName(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(printed.strip().lines().toList().getLast())
                .isEqualTo(Trial.usual().run(seed, new Mutation(), false).hash());
    }

    @Test
    void anotherSeedTellsAnotherStory() {
        assertThat(Trial.usual().run(2, new Mutation(), false).hash())
                .isNotEqualTo(Trial.usual().run(1, new Mutation(), false).hash());
    }
}
