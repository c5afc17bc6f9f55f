package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.DiskSight;
import io.holdfast.membership.GuestActivity;
import io.holdfast.server.controller.GuestEyes.Eye;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestEyesTest {

    private static GuestEyes guests(int count) {
        Map<String, String> guests = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            guests.put("d" + i, "g" + i);
        }
        return new GuestEyes(guests, count);
    }

    /** One letter for each disk: (w)ritten, unchanged (-), unseen (?). */
    private static Eye eye(String who, String letters) {
        List<DiskSight> disks = new ArrayList<>();
        for (int i = 0; i < letters.length(); i++) {
            disks.add(
                    switch (letters.charAt(i)) {
                        case 'w' -> new DiskSight("d" + i, DiskSight.Seen.WRITTEN, "");
                        case '-' -> new DiskSight("d" + i, DiskSight.Seen.UNCHANGED, "");
                        default -> DiskSight.unseen("d" + i, "is hidden");
                    });
        }
        return new Eye(who, disks, "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', textBlock = """
                    w-! --! Written! the disk of g0 is being written, as h2 sees it
                    -w! -w! Written! the disk of g1 is being written, as h2 and h3 see it
                    w?! ?w! Written! the disk of g0 and of 1 more are being written, as h2 sees it
                    --! --! Unchanged! 2 disks, seen by h2, h3
                    -?! ?-! Unchanged! 2 disks, seen by h2, h3
                    -?! -?! Unseen! 1 of 2 disks unchanged; h2: the disk of g1 is hidden; h3: the disk of g1 is hidden
                    ??! ??! Unseen! h2: the disk of g0 is hidden; h3: the disk of g0 is hidden
                    -! -! Unseen! 1 of 2 disks unchanged; h2: it said nothing of some; h3: it said nothing of some
                    """)
    void whatTwoSeeOfTwoDisks(String one, String other, String kind, String says) {
        GuestActivity seen = guests(2).together(List.of(eye("h2", one), eye("h3", other)));
        assertThat(seen.getClass().getSimpleName()).isEqualTo(kind);
        assertThat(words(seen)).isEqualTo(says);
    }

    private static String words(GuestActivity seen) {
        return switch (seen) {
            case GuestActivity.Written(String detail) -> detail;
            case GuestActivity.Unchanged(String detail) -> detail;
            case GuestActivity.Unseen(String reason) -> reason;
        };
    }

    @Test
    void theControllersOwnEyesNeedNoName() {
        assertThat(words(guests(1).together(List.of(eye(GuestEyes.OWN, "w"), eye("h2", "w")))))
                .isEqualTo("the disk of g0 is being written");
        assertThat(words(guests(1).together(List.of(eye(GuestEyes.OWN, "-"), Eye.blind("h2", "is gone")))))
                .isEqualTo("1 disk, seen by this controller");
        assertThat(words(guests(1).together(List.of(eye(GuestEyes.OWN, "?"), Eye.blind("h2", "is gone")))))
                .isEqualTo("here: the disk of g0 is hidden; h2: is gone");
    }

    @Test
    void whatNobodyWasAskedForIsNotKnownToRest() {
        GuestEyes some = new GuestEyes(Map.of("d0", "g0"), 2);
        assertThat(words(some.together(List.of(eye("h2", "-")))))
                .isEqualTo("1 of 2 disks unchanged; nobody looks at more than 1");
        assertThat(some.together(List.of(eye("h2", "w")))).isInstanceOf(GuestActivity.Written.class);
    }

    @Test
    void disksOfNobodyHereAreLeftOut() {
        GuestEyes none = new GuestEyes(Map.of(), 0);
        assertThat(none.anyWritten(List.of(eye("h2", "w")))).isFalse();
        assertThat(none.together(List.of(eye("h2", "w"))))
                .isEqualTo(new GuestActivity.Unseen("no guest is at home there that should run"));
        assertThat(words(guests(1).together(List.of()))).isEqualTo("nobody is heard who could look");
    }

    /** The rule said again, disk by disk. */
    @Property
    void aWriteIsASignOfLifeAndRestNeedsEveryDisk(
            @ForAll @Size(max = 4) List<@StringLength(3) @CharRange(from = 'v', to = 'x') String> drawn) {
        List<String> all = drawn.stream()
                .map(letters -> letters.replace('v', '-').replace('x', '?'))
                .toList();
        List<Eye> eyes = new ArrayList<>();
        all.forEach(letters -> eyes.add(eye("h" + eyes.size(), letters)));
        boolean written = all.stream().anyMatch(letters -> letters.contains("w"));
        boolean eachSeen = true;
        for (int disk = 0; disk < 3; disk++) {
            int at = disk;
            eachSeen &= all.stream().anyMatch(letters -> letters.charAt(at) != '?');
        }
        assertThat(guests(3).together(eyes))
                .isInstanceOf(
                        written
                                ? GuestActivity.Written.class
                                : eachSeen ? GuestActivity.Unchanged.class : GuestActivity.Unseen.class);
    }
}
