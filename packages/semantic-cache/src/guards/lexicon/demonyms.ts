/** Adjectives of countries, so that "the French market" and "the market of France" name one thing. */
export const DEMONYMS: ReadonlyMap<string, string> = new Map(
  (
    "american united_states|british united_kingdom|english england|scottish scotland|welsh wales|irish ireland|french france|german germany|italian italy|spanish spain|portuguese portugal|dutch netherlands|belgian belgium|" +
    "swiss switzerland|austrian austria|swedish sweden|norwegian norway|danish denmark|finnish finland|polish poland|czech czechia|hungarian hungary|romanian romania|bulgarian bulgaria|greek greece|turkish turkey|russian russia|" +
    "ukrainian ukraine|chinese china|japanese japan|korean korea|indian india|pakistani pakistan|bangladeshi bangladesh|indonesian indonesia|thai thailand|vietnamese vietnam|filipino philippines|malaysian malaysia|australian australia|" +
    "canadian canada|mexican mexico|brazilian brazil|argentinian argentina|argentine argentina|chilean chile|colombian colombia|peruvian peru|cuban cuba|egyptian egypt|moroccan morocco|nigerian nigeria|kenyan kenya|ethiopian ethiopia|" +
    "israeli israel|iranian iran|iraqi iraq|syrian syria|lebanese lebanon|afghan afghanistan|saudi saudi_arabia|libyan libya|european europe|african africa|asian asia"
  )
    .split("|")
    .map((pair): [string, string] => {
      const [adjective = "", country = ""] = pair.split(" ");
      return [adjective, country];
    }),
);
