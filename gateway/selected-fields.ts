import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;
export type Switches = Readonly<Record<string, unknown>>;

interface Parts {
  schema: GraphQLSchema;
  fragments: Fragments;
  switches?: Switches;
}

export function fragmentsIn({ definitions }: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  return fragments;
}

/** The fields asked for on an object of a type, by the name they are answered under, in the order of the document. */
export function fieldsOf(
  type: GraphQLCompositeType,
  parents: readonly { selectionSet?: SelectionSetNode }[],
  parts: Parts,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const collect = (set: SelectionSetNode) => {
    for (const selection of set.selections) {
      if (!isOn(selection, parts.switches)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const known = fields.get(key);
        if (known) known.push(selection);
        else fields.set(key, [selection]);
        continue;
      }
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : parts.fragments.get(selection.name.value)!;
      if (applies(inner.typeCondition?.name.value, type, parts.schema)) collect(inner.selectionSet);
    }
  };
  for (const { selectionSet } of parents) if (selectionSet) collect(selectionSet);
  return fields;
}

function applies(condition: string | undefined, type: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wanted = schema.getType(condition);
  return isAbstractType(wanted) && 'getFields' in type && schema.isSubType(wanted, type);
}

/** Whether @skip and @include let a selection through. */
function isOn({ directives }: SelectionNode, switches: Switches | undefined): boolean {
  if (!switches) return true;
  for (const { name, arguments: given } of directives ?? []) {
    const stated = given?.find((argument) => argument.name.value === 'if')?.value;
    if (!stated) continue;
    const value =
      stated.kind === Kind.VARIABLE ? switches[stated.name.value] : stated.kind === Kind.BOOLEAN && stated.value;
    if (name.value === 'skip' && value === true) return false;
    if (name.value === 'include' && value !== true) return false;
  }
  return true;
}
