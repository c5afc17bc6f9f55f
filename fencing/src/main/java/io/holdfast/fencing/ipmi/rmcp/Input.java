package io.holdfast.fencing.ipmi.rmcp;

/** Reads octets from the front. Whoever wants more than there is gets a {@link GarbledException}, never an index error. */
final class Input {

    private final Bytes bytes;
    private final String what;
    private int next;

    /** @param what named in errors, for example {@code RAKP 2} */
    Input(Bytes bytes, String what) {
        this.bytes = bytes;
        this.what = what;
    }

    int left() {
        return bytes.size() - next;
    }

    int u8() throws GarbledException {
        need(1);
        return bytes.at(next++);
    }

    int le16() throws GarbledException {
        need(2);
        int value = bytes.at(next) | bytes.at(next + 1) << 8;
        next += 2;
        return value;
    }

    int le32() throws GarbledException {
        int low = le16();
        return low | le16() << 16;
    }

    Bytes take(int count) throws GarbledException {
        need(count);
        Bytes taken = bytes.slice(next, next + count);
        next += count;
        return taken;
    }

    void skip(int count) throws GarbledException {
        need(count);
        next += count;
    }

    Bytes rest() {
        Bytes taken = bytes.slice(next, bytes.size());
        next = bytes.size();
        return taken;
    }

    private void need(int count) throws GarbledException {
        if (count > left()) {
            throw new GarbledException(what + " ends after " + bytes.size() + " bytes");
        }
    }
}
