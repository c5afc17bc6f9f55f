package io.holdfast.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that was given keys by its environment hands them on to nobody. */
@Timeout(60)
final class SubprocessTest {

    private static final String KEY = "holdfast-key-v1:not-to-be-inherited";

    @Test
    void aGrandchildDoesNotSeeTheKeysOfItsParent() throws Exception {
        ProcessBuilder parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName())
                .redirectErrorStream(true);
        parent.environment().put(KeySources.KEYS_VARIABLE, KEY);
        parent.environment().put(KeySources.FILE_VARIABLE, "/etc/holdfast/master.key");
        parent.environment().put("HOLDFAST_OTHER", "inherited");

        Process process = parent.start();
        String seen = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(seen).contains("own=" + KEY).contains("HOLDFAST_OTHER=inherited");
        assertThat(seen.replace("own=" + KEY, "")).doesNotContain(KEY).doesNotContain("HOLDFAST_SECRET");
    }

    /** Has the key, and starts one that prints what it has. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws Exception {
            System.out.println("own=" + System.getenv(KeySources.KEYS_VARIABLE));
            System.out.flush();
            System.exit(Subprocess.of("/usr/bin/env").inheritIO().start().waitFor());
        }
    }
}
