package io.holdfast.chaos.sim;

/**
 * The shared storage: whether a host can start a guest from it now, and who can read and write the slots on it. Guests that wait for
 * it stand still and go on later.
 */
public final class Storage {

    private final World world;
    private boolean stalled;

    Storage(World world) {
        this.world = world;
    }

    public void stalled(boolean now) {
        if (stalled != now) {
            stalled = now;
            world.story().tell("storage", now ? "stalls" : "answers again");
            world.storageChanged();
        }
    }

    boolean reachable(Host host) {
        return reachable(host.party());
    }

    /** @param party a host or a controller */
    boolean reachable(String party) {
        return !stalled && world.network().connected(Network.Net.STORAGE, party, Network.STORAGE);
    }
}
