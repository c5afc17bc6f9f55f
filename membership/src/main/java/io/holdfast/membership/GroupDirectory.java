package io.holdfast.membership;

import java.util.List;

/** Where the members of a segment's group find each other. None of its methods blocks. */
public interface GroupDirectory extends AutoCloseable {

    /** The addresses known now; empty when none is. May hold our own, and those of members that are gone. */
    List<GroupAddress> members();

    /** Whether it was read at least once, so that an empty answer means "nobody". */
    boolean isRead();

    /** Makes this member known for as long as this process lives, or until {@link #close}. */
    void publish(String member, GroupAddress address);

    @Override
    void close();
}
