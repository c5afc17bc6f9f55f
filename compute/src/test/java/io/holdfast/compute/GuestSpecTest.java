package io.holdfast.compute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuestSpecTest {

    @Test
    void aGuestThatBeginsAnewBesideItsMemoryIsElseTheSame() {
        GuestTerms terms = new GuestTerms(WatchdogAction.RESET, Set.of(GuestFailure.PANICKED));
        assertThat(spec("memory.save", terms).withoutMemory()).isEqualTo(spec(null, terms));
    }

    private static GuestSpec spec(String memory, GuestTerms terms) {
        return new GuestSpec(
                "vm",
                2,
                64,
                "disk.qcow2",
                "image",
                "raw",
                1,
                "kernel",
                "ramdisk",
                "quiet",
                List.of(),
                memory,
                terms,
                "c.iso");
    }
}
