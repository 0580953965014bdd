package org.keyward.content;

import java.util.List;
import java.util.StringJoiner;

/** One field after the other. */
record Fields(List<Field> fields) implements Layout {
  static Fields of(Field... fields) {
    return new Fields(List.of(fields));
  }

  @Override
  public void read(Text in, Wire out) throws ContentException {
    for (Field field : fields) {
      field.read(in, out);
    }
    in.requireEnd();
  }

  @Override
  public String write(Data data) throws ContentException {
    StringJoiner text = new StringJoiner(" ");
    for (Field field : fields) {
      String word = field.write(data);
      if (!word.isEmpty()) {
        text.add(word);
      }
    }
    if (!data.atEnd()) {
      throw new ContentException("there is too much at the end of the data");
    }
    return text.toString();
  }
}
