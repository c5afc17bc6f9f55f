package io.holdfast.compute;

import java.util.List;

/** What became of a {@link DiskLook}. */
public sealed interface DiskLookAnswer {

    /** One for each disk that was asked for. */
    record Looked(List<DiskSight> disks) implements DiskLookAnswer {
        public Looked {
            disks = List.copyOf(disks);
        }
    }

    /** Nothing is known: it did not answer in time, is of an earlier release, or refused. */
    record Unknown(String reason) implements DiskLookAnswer {}
}
