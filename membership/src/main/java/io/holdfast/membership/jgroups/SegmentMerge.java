package io.holdfast.membership.jgroups;

import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.MERGE3;

/**
 * Looks for groups to merge with, and can be made to go on.
 *
 * <p>MERGE3 rests from the moment at which a view is announced until it is installed. A view that was announced for somebody who
 * then gave up joining is never installed, and a coordinator that rests for ever leaves everybody who founded a group of
 * their own outside.
 *
 * <p>Public with a public constructor because JGroups makes a copy of its protocols by reflection.
 */
public final class SegmentMerge extends MERGE3 {

    /** JGroups wants a number for each foreign protocol; {@link SegmentTcp} has the one before. */
    private static final short PROTOCOL_ID = 702;

    static synchronized SegmentMerge create() {
        if (ClassConfigurator.getProtocolId(SegmentMerge.class) == 0) {
            ClassConfigurator.addProtocol(PROTOCOL_ID, SegmentMerge.class);
        }
        return new SegmentMerge();
    }

    boolean rests() {
        return !isInfoSenderRunning() || !isViewConsistencyCheckerRunning();
    }

    /** Does nothing for what runs already. */
    void goOn() {
        startInfoSender();
        startViewConsistencyChecker();
    }
}
