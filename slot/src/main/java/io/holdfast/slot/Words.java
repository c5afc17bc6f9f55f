package io.holdfast.slot;

/** Bounds of the texts in a block, so that every block has room for all of its own. */
final class Words {

    private Words() {}

    static void require(String what, String text, int least, int most) {
        if (text.length() < least || text.length() > most || text.codePoints().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    what + " must have " + least + " to " + most + " characters, none of them a control character");
        }
    }
}
