package io.holdfast.fencing.selffence.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.selffence.core.Decision.Die;
import io.holdfast.fencing.selffence.core.Decision.Pet;
import io.holdfast.fencing.selffence.core.Decision.Starve;
import org.junit.jupiter.api.Test;

final class LicencesTest {

    private static final SelfFenceTimes TIMES = SelfFenceTimes.defaults();
    private static final long SECOND = 1_000_000_000L;

    private static Decision at(Licences licences, double seconds) {
        long now = (long) (seconds * SECOND);
        return licences.looked(TIMES, now).decide(TIMES, now);
    }

    @Test
    void oneOfTwoLicencesIsEnough() {
        Licences slot = Licences.start(true).slotWritten(10 * SECOND);
        assertThat(at(slot, 11.9)).isEqualTo(new Pet("slot"));
        assertThat(at(slot, 12)).isInstanceOf(Starve.class);
        Licences both = slot.leaseHeld(11 * SECOND);
        assertThat(at(both, 12)).isEqualTo(new Pet("lease"));
        assertThat(at(both, 13)).isInstanceOf(Starve.class);
    }

    @Test
    void anOlderWriteDoesNotShortenALicence() {
        Licences slot = Licences.start(true).slotWritten(10 * SECOND).slotWritten(9 * SECOND);
        assertThat(at(slot, 11.5)).isEqualTo(new Pet("slot"));
    }

    @Test
    void aSlotAloneIsNoLicenceBeforeTheLeaseHasNamedTheDevice() {
        Licences unnamed = Licences.start(false).slotWritten(10 * SECOND);
        assertThat(at(unnamed, 10.1)).isEqualTo(new Starve("no lease has named the device yet"));
        assertThat(at(unnamed.leaseHeld(9 * SECOND), 11.5)).isEqualTo(new Pet("slot"));
    }

    @Test
    void aPillCutsBothAndForGood() {
        Licences licences = Licences.start(true)
                .slotWritten(10 * SECOND)
                .leaseHeld(10 * SECOND)
                .pilled("told");
        assertThat(at(licences, 10)).isEqualTo(new Die("told"));
        assertThat(at(licences.slotWritten(11 * SECOND).leaseHeld(11 * SECOND), 11))
                .isEqualTo(new Die("told"));
    }

    @Test
    void aHostThatSleptThroughItsOwnResetIsNotPettedAgain() {
        Licences petted = Licences.start(true).slotWritten(10 * SECOND).petted(10 * SECOND);
        assertThat(at(petted.slotWritten(12 * SECOND), 12.9)).isEqualTo(new Pet("slot"));
        Licences slept = petted.slotWritten(13 * SECOND).looked(TIMES, 13 * SECOND);
        assertThat(at(slept, 13)).isInstanceOf(Starve.class);
        assertThat(at(slept.slotWritten(14 * SECOND).leaseHeld(14 * SECOND), 14))
                .as("not by any licence")
                .isInstanceOf(Starve.class);
        assertThat(at(slept.pilled("told"), 14)).isEqualTo(new Die("told"));
    }

    @Test
    void aHostThatStarvedAndFoundALicenceInTimeLivesOn() {
        Licences petted = Licences.start(true).slotWritten(10 * SECOND).petted((long) (11.9 * SECOND));
        assertThat(at(petted, 12.5)).isInstanceOf(Starve.class);
        assertThat(at(petted.slotWritten(13 * SECOND), 13.5)).isEqualTo(new Pet("slot"));
    }
}
